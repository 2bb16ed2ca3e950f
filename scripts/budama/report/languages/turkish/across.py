"""Turkish: the words of the page that compares scenarios."""

WORDS = {
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
}
