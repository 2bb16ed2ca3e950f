"""The words of "how it was measured", in each of the report's languages."""

WORDS = {
    "en": {
        "measured": "How it was measured",
        "machine": "Device and machine",
        "trained_on": "Trained on",
        "processes": "{} ({} processes)",
        "processor": "Processor",
        "cores": "{}, {} cores",
        "memory": "Memory",
        "gpu": "GPU",
        "driver": "{}, driver {}",
        "kernel": "Kernel",
        "timing": "Inference time",
        "provider": "Provider",
        "passed_over": "Passed over",
        "placement": "Operators by provider",
        "precisions": "Precisions",
        "batch_sizes": "Batch sizes",
        "threads": "Threads",
        "repeated": "Measurements",
        "repeats": "{} fresh processes; in each {} runs to warm up, then {} runs and at least {} s",
        "others": "Used by other programs",
        "of_cores": "{} of all cores",
        "untimed": "not measured",
        "versions": "Versions",
        "origin": "Seeds, code and time",
        "dense_seed": "Seed of the dense model",
        "data_seed": "Seed of the splits",
        "seeds": "Seeds of the models",
        "code": "Code (git commit)",
        "changed": "{} with changes that were not committed",
        "energy": "Energy",
        "time": "{}, time of all jobs",
        "finetune": "Recovery training",
        "evaluate": "Test",
        "export": "Export",
        "latency": "Inference time",
        "jobs": "{} ({} jobs)",
        "each_model": "Each model: time of its jobs (h:mm:ss) and its files",
        "files": "Files",
        "folder": "folder",
        "card": "model card",
        "reproduce": "To make this page again",
        "about_reproduce": (
            "In the project's folder. What was given with --config must be given again. Jobs whose "
            "files are already there and up to date do not run again."
        ),
        "no_provenance": (
            "{} of {} pruned or retrained models have no provenance.json: what only that file "
            "knows is left out for them."
        ),
    },
    "tr": {
        "measured": "Nasıl ölçüldü",
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
        "passed_over": "Kullanılamayanlar",
        "placement": "Sağlayıcılara göre operatör sayısı",
        "precisions": "Hassasiyetler",
        "batch_sizes": "Yığın boyutları",
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
    },
}
