"""The words of the page across scenarios, in each of the report's languages."""

WORDS = {
    "en": {
        "comparison_title": "Comparison of scenarios",
        "scenarios": "Scenarios",
        "scenario_of": "{}; task {}: {} on {}",
        "without": "No results yet: {}. They appear here once they have run.",
        "alone": "Only this scenario has results: there is no other to compare it with.",
        "differing": (
            "{0} and {1} do not agree on a model of {2} that they share: one of them is out of "
            "date, and the figures of {0} are shown. Running both again settles it."
        ),
        "providers_differ": (
            "The models of {} were timed on different providers ({}), and such times cannot be "
            "compared: they stand in each scenario's own report only. With one provider under "
            "latency.providers and another run of the scenarios, they appear here too."
        ),
        "architectures": "Architectures",
        "about_dense": (
            "The original models, one for each task. Tasks may differ in data, image size and "
            "training; their accuracies say something of the architecture only where these are "
            "equal."
        ),
        "kept": "What each method keeps",
        "about_kept": (
            "The share of the original model's accuracy, and in brackets the share of its FLOPs "
            "that is left. A method is compared with others in its row, and with itself in other "
            "rows of the same task."
        ),
        "each_task": "Task by task",
        "about_tasks": (
            "All models of all scenarios of one task: the same data, the same original model, the "
            "same test images."
        ),
    },
    "tr": {
        "comparison_title": "Senaryoların karşılaştırması",
        "scenarios": "Senaryolar",
        "scenario_of": "{}; görev {}: {}, veri seti {}",
        "without": "Henüz sonucu olmayanlar: {}. Çalıştırıldıklarında burada yer alırlar.",
        "alone": "Yalnızca bu senaryonun sonucu var: karşılaştırılacak başka senaryo yok.",
        "differing": (
            "{0} ile {1}, {2} görevinin ortak bir modelinde uyuşmuyor: ikisinden biri güncel değil "
            "ve burada {0} senaryosunun değerleri gösteriliyor. İkisini de yeniden çalıştırmak "
            "sorunu giderir."
        ),
        "providers_differ": (
            "{} görevinin modelleri farklı sağlayıcılarda ölçüldü ({}) ve bu süreler birbiriyle "
            "karşılaştırılamaz; yalnızca her senaryonun kendi raporunda yer alırlar. "
            "latency.providers altında tek bir sağlayıcı yazılıp senaryolar yeniden "
            "çalıştırıldığında burada da görünürler."
        ),
        "architectures": "Mimariler",
        "about_dense": (
            "Her görevin orijinal modeli. Görevlerin verisi, görüntü boyutu ve eğitimi farklı "
            "olabilir; doğrulukları ancak bunlar aynıysa mimari hakkında bir şey söyler."
        ),
        "kept": "Her yöntemin koruduğu pay",
        "about_kept": (
            "Orijinal modelin doğruluğundan korunan pay; parantez içinde FLOPs değerinden kalan "
            "pay. Bir yöntem, satırındaki diğer yöntemlerle ve aynı görevin başka satırlarındaki "
            "kendisiyle karşılaştırılır."
        ),
        "each_task": "Görev görev sonuçlar",
        "about_tasks": (
            "Bir görevin bütün senaryolarındaki bütün modeller: aynı veri, aynı orijinal model, "
            "aynı test görüntüleri."
        ),
    },
}
