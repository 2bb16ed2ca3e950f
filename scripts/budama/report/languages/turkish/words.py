"""Turkish: the words of the report."""

WORDS = {
    "title": "Özet Rapor",
    "configuration": "Test Konfigürasyonu",
    "data": "Model ve veri seti",
    "pruning": "Budama parametreleri",
    "compared": "Test edilen yöntemler",
    "training": "Eğitim reçeteleri",
    "about_recipes": (
        "keep_epoch, sonucun hangi epoch'un ağırlıkları olduğunu söyler: doğrulama görüntülerinde "
        "en iyi olanın (best) ya da sonuncunun (last). Ön eğitim doğrulama görüntülerini gördüyse "
        "en iyi epoch'u onlarla seçmek yanlı olurdu."
    ),
    "parts": "Kısımlar",
    "task": "Görev",
    "model": "Model",
    "weights": "Ağırlıklar",
    "pretrained": "ön eğitimli",
    "random_weights": "rastgele",
    "dataset": "Veri seti",
    "classes": "Sınıf",
    "image_size": "Görüntü boyutu",
    "train_images": "Eğitim görüntüsü",
    "validation_images": "Doğrulama görüntüsü",
    "calibration_images": "Kalibrasyon görüntüsü",
    "selection_images": "Seçim görüntüsü",
    "test_images": "Test görüntüsü",
    "about_data": "Denetimin veride bulduğu",
    "test_drawn": (
        "Veri setinin test kısmı yok: her sınıfın {} kadarı içeriğine göre çekilip teste ayrıldı; "
        "aynı içerikteki görüntülerin hepsi aynı taraftadır."
    ),
    "data_unreadable": "Okunamayan ve dışarıda bırakılan görüntü: {}.",
    "data_duplicates": "Birden çok kısımda aynı içerikle bulunan ve bırakılan görüntü: {}.",
    "data_contradictions": "Birden çok sınıfta aynı içerikle bulunan ve bırakılan görüntü: {}.",
    "data_skipped": "Atlananlar: {}.",
    "data_lacks_test": "Test görüntüsü olmayan ve doğrulukta sayılmayan sınıflar: {}.",
    "data_lacks_val": "Doğrulama görüntüsü olmayan sınıflar: {}.",
    "data_dominated": (
        "Eğitim görüntülerinin {} kadarı {} sınıfından: hep bu yanıtı veren bir ağ da yaklaşık o "
        "kadar doğru olur."
    ),
    "data_nested": (
        "Her sınıf klasöründe aynı klasörler var, yanlarında görüntü yok: {}. Sınıflar bunlarsa "
        "sonuçlar başka bir şeyindir."
    ),
    "and_more": "ve {} tane daha",
    "skipped_suffix": "{} dosyası",
    "skipped_hidden_folders": "gizli klasör",
    "skipped_hidden_files": "gizli dosya",
    "skipped_folders_of_tools": "araçların klasörü",
    "skipped_files_of_tools": "araçların dosyası",
    "skipped_images_in_hidden_folders": "gizli klasörlerdeki görüntü",
    "skipped_images_in_folders_of_tools": "araçların klasörlerindeki görüntü",
    "skipped_files_without_a_usual_suffix": "olağan bir uzantısı olmayan dosya",
    "skipped_images_beside_the_class_folders": "sınıf klasörlerinin yanındaki görüntü",
    "skipped_class_folders_without_images": "görüntüsüz sınıf klasörü",
    "skipped_broken_links": "kopuk bağlantı",
    "skipped_links_to_folders_that_are_read_already": "zaten okunan klasöre bağlantı",
    "skipped_entries_that_are_no_regular_files": "olağan dosya olmayan kayıt",
    "skipped_images_of_classes_that_classes.txt_does_not_name": (
        "classes.txt'nin anmadığı sınıfların görüntüsü"
    ),
    "skipped_folders_beside_the_parts": "kısımların yanındaki klasör",
    "skipped_links_and_special_files_in_archives": "arşivlerdeki bağlantı ve özel dosya",
    "skipped_files_in_archives_that_are_none_of_a_class": "arşivlerdeki sınıf arşivi olmayan dosya",
    "skipped_labels_without_an_image": "görüntüsüz etiket",
    "skipped_shards_without_images": "görüntüsüz parça dosya",
    "skipped_files_that_no_pattern_matches": "hiçbir kalıba uymayan dosya",
    "skipped_compressed_copies_of_files_that_are_read": "okunan dosyaların sıkıştırılmış kopyası",
    "skipped_links_to_files_that_are_read_already": "zaten okunan dosyaya bağlantı",
    "skipped_files_that_are_missing_from_a_numbered_series": "numaralı bir dizide eksik olan dosya",
    "skipped_rows_that_name_an_image_again": "bir görüntüyü yeniden anan satır",
    "skipped_rows_of_a_test_part_that_is_not_the_one_asked_for": (
        "istenmemiş bir test kısmının satırı"
    ),
    "scopes": "Kapsam",
    "budgets": "Budama miktarı",
    "steps": "İteratif adım",
    "epochs": "Fine-tuning epoch",
    "calibration": "Kalibrasyon batch",
    "batches_of": "{}, her biri {} görüntü",
    "methods": "Yöntemler",
    "controls": "Kontroller",
    "budget": "Budama miktarı",
    "recipe": "Reçete",
    "recipe_none": "eğitimsiz",
    "dense_as_it_came": "Orijinal (geldiği gibi)",
    "setting": "Ayar",
    "original": "orijinal",
    "recovery": "toparlanma",
    "on": "açık",
    "off": "kapalı",
    "assumed": "varsayım",
    "assumptions": "Varsayımlar",
    "about_assumptions": (
        "Bu senaryonun izlediği kaynak bu ayarları belirtmez; değerleri varsayımdır. "
        "Gerekçeler senaryo dosyasında yazıldığı gibidir."
    ),
    "seeds": "Tohumlar",
    "provider": "Çıkarım (ONNX Runtime)",
    "results": "Karşılaştırmalı Sonuçlar",
    "method": "Yöntem",
    "own_method": "{} (kendi yönteminiz)",
    "scope": "Kapsam",
    "normaliser": "Normalleştirme",
    "normaliser_is": "normalleştirme: {}",
    "normaliser_mean": "ortalama",
    "normaliser_raw": "ham",
    "normaliser_lamp": "LAMP",
    "normaliser_loss": "kayıp",
    "normaliser_auto": "otomatik",
    "repair": "Onarım",
    "repair_is": "onarım: {}",
    "repair_none": "yok",
    "repair_norms": "batch norm",
    "repair_refit": "yeniden oturtma",
    "accuracy": "Doğruluk (%)",
    "top5": "İlk 5 doğruluk (%)",
    "interval": "%95 güven aralığı",
    "loss": "Doğruluk kaybı (puan)",
    "size": "Boyut (MiB)",
    "size_change": "Boyut değişimi",
    "latency": "Çıkarım süresi (ms)",
    "latency_ratio": "Çıkarım oranı",
    "macs": "FLOPs (G)",
    "macs_change": "FLOPs değişimi",
    "after_cut": "Budamadan hemen sonra (%)",
    "norms": "Batch norm yeniden ölçülünce (%)",
    "repaired": "Onarımdan sonra (%)",
    "seed": "Tohum",
    "layer": "katman bazlı",
    "global": "global",
    "none": "–",
    "notes": "Nasıl okunmalı",
    "note_accuracy": (
        "Doğruluk test görüntülerinde, bir kez, en sonda ölçülür; tek tohumda aralık Wilson "
        "aralığıdır ve yalnızca test görüntülerinin sayısından gelen belirsizliği kapsar. "
        "Hangi farkların gerçek olduğunu istatistik bölümü söyler: eşlenmiş tahminler, "
        "aralıklar örtüşse de bir farkı gösterebilir."
    ),
    "note_after_cut": (
        "“Budamadan hemen sonra”, “batch norm yeniden ölçülünce” ve “onarımdan sonra” sütunları "
        "doğrulama görüntülerinde, toparlanma eğitimi yapılmadan ölçülür: sırasıyla ağın kesildiği "
        "hali, batch norm istatistikleri yeniden ölçülmüş hali ve onarılmış hali. Toparlanma "
        "eğitimi varsa bu sonuncudan başlar."
    ),
    "note_latency": (
        "Çıkarım oranı, dönüşümlü ölçülen budanmış / orijinal sürelerinin yeni başlatılan "
        "süreçler üzerinden ortancasıdır; aralık da bu ortancanındır. Makine hızlanıp "
        "yavaşlasa da oran geçerli kalır. Milisaniyeler yalnızca bu makine içindir; donanımın "
        "ulaşamayacağı bir süre kabul edilmez."
    ),
    "note_timed_cut": (
        "Sürenin bir payına kesilen model, kesilirken ölçülmüş ve hedefe en çok %3 uzak çıkmıştır "
        "(sayı model kartındadır). Buradaki oran, eğitimden sonra yeniden ölçülmüştür. İkisi "
        "aralıklarının açıklayamayacağı kadar farklıysa, ölçümlerden biri sırasında makine "
        "meşguldü: “snakemake --cores all AD --forcerun latency” (AD: senaryonun adı) görevin "
        "bütün modellerinin süresini yeniden ölçer ve hiçbir şeyi eğitmez."
    ),
    "note_selftest": "Önce orijinal modelin iki kopyası ölçülmüş ve eşit çıkmıştır.",
    "note_macs": (
        "FLOPs, yayımlanan raporlardaki gibi çarp-topla sayısıdır (fvcore). Boyut, state dict "
        "baytlarının 2^20'ye bölümüdür."
    ),
    "note_normaliser": (
        "Normalleştirme, global kapsamda farklı katmanların puanlarını karşılaştırılabilir kılar: "
        "“ortalama” (mean) puanları katman ortalamasına böler, “ham” (raw) olduğu gibi alır, "
        "“LAMP” (lamp) her birini katmanından geriye kalana böler; “kayıp” (loss) puanlardan "
        "yalnızca katman içindeki sırayı alır ve katmanları, sıradaki kanalları çıkarılıp bunları "
        "okuyan katmanlar yeniden oturtulursa ağın kaybının tahminen ne kadar artacağına göre "
        "karşılaştırır. “Otomatik” (auto) ise onarılmış kesimi, bunun için ayrılmış eğitim "
        "görüntülerinde en iyi olanı almıştır."
    ),
    "note_repair": (
        "Onarım kesimden hemen sonra yapılır, etiket gerektirmez ve rastgele kanallar dâhil bütün "
        "yöntemlerde aynıdır: “batch norm” (norms) bu katmanların istatistiklerini yeniden ölçer; "
        "“yeniden oturtma” (refit) her katmandan geriye kalana, o katmanın orijinal ağda verdiğini "
        "en küçük kareler yöntemiyle verdirir."
    ),
    "note_random": (
        "Bir yöntem, rastgele kanal kesmekten iyi değilse hiçbir şey bilmiyor demektir."
    ),
    "note_control": (
        "Budanmamış kontrol aynı toparlanma eğitimini alır: eğitimin kendi katkısı onda görülür."
    ),
    "and": "ve",
    "published_row": "yayımlanan",
    "several_seeds": "Tohum sayısı",
    "latency_interval": "Çıkarım oranının aralığı",
    "timings": "Bütün çıkarım süresi ölçümleri",
    "about_timings": (
        "Orijinal modelin satırlarındaki oran, kendisinin ikinci bir kopyasına, başka bir "
        "hassasiyette ise kendi fp32 haline göredir. Budanmış modelinki, aynı hassasiyetteki "
        "orijinal modele göredir."
    ),
    "precision": "Hassasiyet",
    "batch_size": "Batch",
    "p50": "p50 (ms)",
    "p90": "p90 (ms)",
    "p99": "p99 (ms)",
    "images_per_s": "Görüntü/s",
    "file_size": "ONNX dosyası (MiB)",
    "macs_target": "FLOPs hedefi (G)",
    "peak": "Tepe hesap gücünün payı (%)",
    "onnx_accuracy": "ONNX doğruluğu (%)",
    "each_seed": "Tohum tohum sonuçlar",
    "observations": "Önemli Gözlemler",
    "ranking": "Performans sıralaması",
    "optimisation": "Model optimizasyonu",
    "balance": "Doğruluk–verimlilik dengesi",
    "elsewhere": "Diğer ayarlar ve senaryolarla karşılaştırma",
    "statistics": "İstatistik",
    "comparison": "Karşılaştırma",
    "difference": "Fark (puan)",
    "p": "p",
    "p_holm": "p (Holm)",
    "by_seed": "Her tohumda McNemar p",
    "verdict": "Sonuç",
    "real": "gerçek fark",
    "tie": "berabere",
    "versus": "{} / {}",
    "family_methods": "Yöntemler ve kontroller: {}",
    "family_training": "Ek eğitimin kendi etkisi (budanmamış modelde)",
    "family_scope": "Kapsamlar: {}",
    "family_budget": "Budama miktarları: {}",
    "family_normaliser": "Normalleştirmeler: {}",
    "family_repair": "Onarımlar: {}",
    "family_recipe": "Reçeteler: {}",
    "family_combination": "En iyi yöntem–kapsam kombinasyonu: {}",
    "family_published": "Aynı ayarların yayımlanan değerleri",
    "family_neighbour": "Yayımlanan {} değerleri",
    "about_further": (
        "Daha az sütunlu son tablolar, gözlemlerin dayandığı diğer karşılaştırmalardır. Her "
        "biri ayrı bir aile olarak düzeltilir; en iyi kombinasyonunkinde, en iyi aynı "
        "değerlere bakılarak seçildiği için, bütün kombinasyon çiftleri hesaba katılır."
    ),
    "real_of": "{} karşılaştırmanın {} tanesinde fark gerçek, {} tanesinde yöntemler berabere.",
    "test_mcnemar": (
        "Aynı test görüntülerindeki tahminler eşlenerek McNemar'ın kesin testi yapıldı; aralık "
        "Bonett ve Price'ın eşli oran farkı aralığıdır. Tek tohum var: test bu eğitilmiş "
        "modelleri karşılaştırır; başka bir tohumla eğitim küçük farkların yönünü "
        "değiştirebilir."
    ),
    "test_crossed": (
        "Birden çok tohumun tahminleri birlikte değerlendirildi: test görüntüleri de eğitimler "
        "de rastgele örneklem sayıldı (Hillis'in karma modeli), böylece bir fark hem bu "
        "görüntülerin hem bu tohumların ötesinde geçerli olmalıdır. Eğitimler arasındaki "
        "değişim, kimi yöntem ötekilerden daha çok değiştiği için, karşılaştırılan iki yöntemin "
        "kendi tohumlarından hesaplanır; tek tohumlu bir yöntemin değişimi bilinmediğinden, "
        "birlikte test edilen yöntemlerinkinin en büyüğü alınır. İki-üç tohum bu değişimi iyi "
        "göstermez: aralıklar genişler, beraberlikler çoğalır; küçük farklar için beş tohum "
        "gerekir. Tohum yalnızca budama "
        "sonrası eğitimi değiştirir: orijinal model, veri bölünmesi ve kalibrasyon görüntüleri "
        "hepsinde aynıdır; bunların başka seçilmesinin etkisi hesaba katılmamıştır. Her "
        "tohumun kendi McNemar p değeri yanda verilir, sonuca girmez."
    ),
    "test_proportions": (
        "Tahmin dosyası olmayan sonuçlar, yalnızca doğruluk ve görüntü sayısından iki oran "
        "testiyle (Agresti–Caffo) karşılaştırıldı. Aynı görüntüler eşlenemediği için bu test "
        "daha az fark bulur ve eğitimler arasındaki değişimi hesaba katmaz."
    ),
    "about_holm": (
        "p değerleri her ailede Holm yöntemiyle düzeltildi; düzeltilmiş p değeri 0,05'in "
        "altındaysa fark gerçek, değilse berabere sayılır. Berabere, yöntemlerin eşit olduğunu "
        "değil, bu verinin aralarındaki farkı gösteremediğini söyler. %95 aralıkları "
        "düzeltilmemiştir."
    ),
    "missing": "Eksik: {}.",
    "failed": (
        "{}: bir iş başarısız oldu; nedeni results/logs/ altında, bir sonraki çalıştırma "
        "kalanları yeniden dener"
    ),
    "missing_results": "şu modellerin sonucu yok: {}",
    "missing_latency": "şu modellerin çıkarım süresi ölçülmemiş: {}",
    "note_marks": (
        "Kalın değer, aynı koşullarda (kapsam, budama miktarı, normalleştirme, onarım, reçete) "
        "budanmış modeller içinde sütunun en iyisidir: doğrulukta yalnızca diğer hepsinden farkı "
        "anlamlıysa, çıkarım oranında yalnızca aralığı diğerleriyle örtüşmüyorsa, boyut ve FLOPs "
        "için kesin olarak en küçükse. Kalın değer yoksa en iyi ayırt edilemiyor demektir."
    ),
    "note_published": (
        "“Yayımlanan” satırları kullanıcının kendi raporlarındandır; parantez içindeki sayı bu "
        "çalışma ile yayımlanan arasındaki farktır. Yayımlanan FLOPs başka bir sayaçla (thop) "
        "sayılmıştır, yayımlanan süreler karşılaştırılamaz."
    ),
    "note_seeds": (
        "Değerler tohumların ortalamasıdır; ± tohumlar arasındaki standart sapmadır. Doğruluk "
        "aralığı, tahminler varsa, hem görüntü hem tohum belirsizliğini kapsar; orijinal model "
        "tek olduğundan onunki yalnızca görüntü belirsizliğini kapsar. Çıkarım oranının "
        "aralığı bütün tohumların aralıklarını içine alır."
    ),
    "note_noisy": "* Bu çıkarım ölçümü gürültülüydü: oranına güvenmeyin.",
}

# The names of methods; one that is not here is called by its own
METHODS = {
    "dense": "Orijinal (fine-tuned)",
    "dense-finetuned": "Kontrol: budanmamış",
    "random": "Kontrol: rastgele kanallar",
    "coverage": "Nöron kapsama",
    "wanda": "Wanda",
    "magnitude": "Büyüklük (magnitude)",
    "taylor": "Taylor",
    "fpgm": "FPGM (geometrik medyan)",
    "bn_scale": "BN ölçeği",
    "lamp": "LAMP",
}

# How a budget is written: of what, and what is added to that
BUDGETS = {
    "channels": "kanal oranı {}",
    "macs": "FLOPs hedefi {}",
    "params": "parametre hedefi {}",
    "size": "boyut hedefi {}",
    "latency": "çıkarım süresi hedefi {}",
    "round": "{}, kanal sayıları {} ve katları",
    "round_auto": "{}, kanal sayıları aygıtta işe yarayanlardan",
    "steps": "{}, {} adımda",
}
