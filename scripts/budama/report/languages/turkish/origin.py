"""Turkish: the words on where the figures come from."""

WORDS = {
    "title": "Nasıl ölçüldü",
    "machine": "Donanım",
    "trained_on": "Eğitimin yapıldığı aygıt",
    "processes": "{} ({} süreç)",
    "processor": "İşlemci",
    "cores": "{}, {} çekirdek",
    "memory": "Bellek",
    "gpu": "GPU",
    "driver": "{}, sürücü {}",
    "kernel": "Çekirdek (kernel)",
    "timing": "Çıkarım süresi",
    "provider": "Sağlayıcı",
    "cut_for": "Ölçülen süreye göre kesimlerin aygıtı",
    "cut_device": (
        "{name}, {provider}, iş parçacığı: {threads}, batch boyutu: {batch_size}, ONNX Runtime "
        "{onnxruntime}"
    ),
    "passed_over": "Kullanılamayanlar",
    "placement": "Sağlayıcılara göre operatör sayısı",
    "precisions": "Hassasiyetler",
    "batch_sizes": "Batch boyutları",
    "threads": "İş parçacığı",
    "repeated": "Ölçümler",
    "repeats": (
        "yeni başlatılan {} süreç; her birinde {} ısınma çalıştırması, ardından {} çalıştırma "
        "ve en az {} s"
    ),
    "others": "Diğer programların kullandığı",
    "of_cores": "bütün çekirdeklerin {} kadarı",
    "untimed": "ölçülmedi",
    "versions": "Sürümler",
    "origin": "Tohumlar, kod ve süre",
    "dense_seed": "Orijinal modelin tohumu",
    "data_seed": "Veri bölmesinin tohumu",
    "seeds": "Modellerin tohumları",
    "code": "Kod (git commit)",
    "changed": "{} ve commit edilmemiş değişiklikler",
    "with_changes": "commit edilmemiş değişikliklerle",
    "energy": "Enerji",
    "time": "{}, bütün işlerin süresi",
    "finetune": "Toparlanma eğitimi",
    "evaluate": "Test",
    "export": "Dışa aktarma",
    "latency": "Çıkarım süresi",
    "jobs": "{} ({} iş)",
    "each_model": "Her model: işlerinin süresi (sa:dk:sn) ve dosyaları",
    "files": "Dosyalar",
    "folder": "klasör",
    "card": "model kartı",
    "reproduce": "Bu sayfayı yeniden üretmek için",
    "about_reproduce": (
        "Proje klasöründe çalıştırın. --config ile verilmiş ayarlar yeniden verilmelidir. "
        "Dosyaları hazır ve güncel olan işler yeniden çalışmaz."
    ),
    "no_provenance": (
        "Budanmış ya da yeniden eğitilmiş {1} modelden {0} tanesinin provenance.json dosyası "
        "yok: yalnızca o dosyada bulunan bilgiler bu modeller için yazılmadı."
    ),
}
