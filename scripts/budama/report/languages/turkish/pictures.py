"""Turkish: the words of the pictures."""

WORDS = {
    "pictures": "Grafikler",
    "left_out": "Verileri eksik olduğu için çizilmeyenler: {}.",
    "test_accuracy": "Test doğruluğu (%)",
    "validation_accuracy": "Doğrulama doğruluğu (%)",
    "method": "Yöntem",
    "axis_macs": "FLOPs (G çarp-topla)",
    "axis_size": "Boyut (MiB)",
    "axis_latency": "Çıkarım süresi, orijinale oranla",
    "tradeoff_macs": "Doğruluk ve FLOPs",
    "tradeoff_size": "Doğruluk ve boyut",
    "tradeoff_latency": "Doğruluk ve çıkarım süresi",
    "tradeoff_caption": (
        "Yukarısı ve solu daha iyidir. Dikey çubuklar: doğruluğun %95 güven aralığı{latency}. "
        "Gri basamaklar: Pareto sınırı; sınırdaki bir modeli ikisinde birden geçen başka model "
        "yoktur. Çubuklardan küçük basamakların bir anlamı yoktur. Aynı yere düşen noktalar "
        "yana kaydırılmıştır.{scopes}{budgets}{seeds}"
    ),
    "latency_bars": "; yatay çubuklar: oranın yayılımı",
    "scopes_filled": " Dolu: {layer}; boş: {global}.",
    "budgets_joined": " Çizgiler bir yöntemin farklı budama miktarlarını birleştirir.",
    "seeds_mean": " İşaretler tohumların ortalamasıdır; küçük noktalar tek tek tohumlardır.",
    "seeds_mean_only": " Değerler tohumların ortalamasıdır.",
    "seeds_lines": " Kalın çizgiler tohumların ortalaması, ince çizgiler tek tek tohumlardır.",
    "curves": "Epoch'lara göre doğruluk",
    "curves_caption": (
        "Toparlanma eğitimi boyunca doğrulama doğruluğu. 0. epoch budamadan ve onarımdan "
        "sonrasıdır; noktalı yatay çizgi orijinal modeldir.{seeds}"
    ),
    "epoch": "Epoch",
    "channels": "Her katmanda kalan kanallar",
    "channels_caption": (
        "Her sütun, girişten çıkışa doğru bir katmandır; renk koyulaştıkça kesilen kanal "
        "artar.{seeds}"
    ),
    "layer_number": "Katman",
    "layer_name": "Katman",
    "kept": "Kalan kanallar (%)",
    "kept_of": "Kanal",
    "of": "{1} kanaldan {0}",
    "classes": "Sınıf bazında doğruluk, orijinale göre",
    "classes_caption": (
        "Her sınıfın test doğruluğundaki değişim, puan olarak; orijinalin kendi doğruluğu "
        "sınıfın yanında yazar. Gri çubuklar: orijinalin doğruluğunun %95 güven "
        "aralığı.{few}{seeds}"
    ),
    "classes_few": (
        " {all} sınıftan, modellerin ortalamasında en çok değişen {shown} tanesi gösterilir: "
        "değişimlerin çoğu rastlantıdır."
    ),
    "class": "Sınıf",
    "class_change": "Doğruluktaki değişim (puan)",
    "class_original": "Orijinal",
    "class_pruned": "Budamadan sonra",
    "interval": "%95 güven aralığı",
    "recovery": "Toparlanma eğitiminden önce ve sonra",
    "recovery_caption": (
        "Doğrulama doğruluğu: küçük nokta budamadan hemen sonra, boş işaret onarımdan "
        "sonra{after}. Noktalı çizgi orijinal modeldir.{untrained}{seeds}"
    ),
    "recovery_filled": ", dolu işaret toparlanma eğitiminden sonra",
    "recovery_none": "Budamadan hemen sonra ve onarımdan sonra",
    "recovery_untrained": " Toparlanma eğitimi yapılmayan kesimlerde onarım son adımdır.",
    "ratio_curves": "Korunan doğruluk ve kalan FLOPs",
    "ratio_caption": (
        "Her iki eksen de görevin kendi orijinal modeline orandır; yıldız, %100'deki orijinal "
        "modeldir. Yukarısı ve solu daha iyidir. Dikey çubuklar: doğruluğun %95 güven aralığı, "
        "orijinalin doğruluğuna oranla. Gri basamaklar: Pareto sınırı; çubuklardan küçük "
        "basamakların bir anlamı yoktur. Aynı yere düşen noktalar yana kaydırılmıştır."
        "{scopes}{budgets}{seeds}"
    ),
    "accuracy_kept": "Korunan doğruluk (%)",
    "axis_macs_left": "Kalan FLOPs (%)",
    "as_cut": "Budamadan hemen sonra",
    "before": "Onarımdan sonra",
    "after": "Toparlanmadan sonra",
}
