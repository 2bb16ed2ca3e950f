"""Turkish: the sentences of the observations.

No value is given a suffix, because the suffix would have to follow its sound.
"""

SENTENCES = {
    # ranking
    "all_tied": (
        "Yöntemler arasında anlamlı bir fark yok: bu sonuçlarla güvenilir bir sıralama yapılamaz."
    ),
    "place_first": "{place:count}. sıra, en yüksek doğruluk ({accuracy:accuracy}).",
    "place_tied": (
        "{place:count}. sıra ({accuracy:accuracy}); {others:methods} ile berabere, aradaki fark "
        "anlamlı değil."
    ),
    "place": "{place:count}. sıra ({accuracy:accuracy}).",
    "place_last": "{place:count}. sıra, en düşük doğruluk ({accuracy:accuracy}).",
    "place_alone": "Tek yöntem, sıralama yok (doğruluk {accuracy:accuracy}).",
    "no_result": "Sonuç yok, bu hücre tamamlanmamış.",
    "no_random": (
        "Rastgele kanal kontrolü yok: yöntemlerin bilgisiz bir kesimden daha iyi olup olmadığı bu "
        "sonuçlardan anlaşılamaz."
    ),
    "beats_random": (
        "Rastgele kanal kesmekten anlamlı ölçüde iyi olanlar (puan): {each:each_points}."
    ),
    "as_random": (
        "Rastgele kanal kesmekten daha iyi olduğu gösterilemeyenler (puan): {each:each_points}."
    ),
    "below_random": (
        "Rastgele kanal kesmekten anlamlı ölçüde kötü olanlar (puan): {each:each_points}."
    ),
    "random_elsewhere": (
        "Rastgele kontrol {scope:scope} kesildi (FLOPs {own:change}); buradaki yöntemlerde FLOPs "
        "değişimi {least:change} ile {most:change} arasında, yani maliyetler eşit değil."
    ),
    "random_elsewhere_at_equal_cost": (
        "Rastgele kontrol {scope:scope} kesildi; FLOPs değişimi ({own:change}) buradaki "
        "yöntemlerinkiyle hemen hemen aynı."
    ),
    # optimisation
    "size_same": (
        "{change:plain} model boyutu azalması ({dense:size} MiB → {left:size} MiB), bütün "
        "yöntemlerde aynı."
    ),
    "size_range": (
        "{first:plain} – {last:plain} model boyutu azalması: en az {least:method}, en çok "
        "{most:method}."
    ),
    "macs_same": (
        "{change:plain} FLOPs azalması ({dense:macs}G → {left:macs}G), bütün yöntemlerde aynı."
    ),
    "macs_range": (
        "{first:plain} – {last:plain} FLOPs azalması: en az {least:method}, en çok {most:method}."
    ),
    "unequal_cost": (
        "Maliyetler eşit değil: {least:method} ile {few:macs}G, {most:method} ile {many:macs}G "
        "FLOPs kalıyor; doğruluklar eşit maliyetle karşılaştırılmış sayılmaz."
    ),
    "best_keeps_most": (
        "En yüksek doğruluğu veren {method:method} aynı zamanda en çok FLOPs kullanan model: "
        "üstünlüğünün bir kısmı bundan gelebilir."
    ),
    "latency_missing": "Çıkarım süresi ölçülmedi.",
    "latency_missing_for": "Çıkarım süresi ölçülmemiş: {methods:methods}.",
    "faster": "Orijinalden hızlı olanlar (çıkarım oranı): {each:each_ratio}.",
    "as_fast": "Çıkarım süresi orijinalden ayırt edilemeyenler (çıkarım oranı): {each:each_ratio}.",
    "slower_with_fewer_macs": (
        "FLOPs azaldığı hâlde orijinalden yavaş olanlar (çıkarım oranı): {each:each_ratio}."
    ),
    "slower": "Orijinalden yavaş olanlar (çıkarım oranı): {each:each_ratio}.",
    "latency_without_interval": (
        "Çıkarım oranlarının aralığı bilinmiyor; %5'e kadar olan farklar fark sayılmadı."
    ),
    "latency_noisy": "Çıkarım ölçümü gürültülü, oranına güvenilmemeli: {methods:methods}.",
    "times_beyond_macs": (
        "Çıkarım süreleri yöntemler arasında {time:factor} kat, FLOPs ise yalnızca {work:ratio} "
        "kat değişiyor. Bunu FLOPs açıklamaz; tam bloklar doldurmayan kanal sayıları birkaç katlık "
        "farkı açıklayabilir (docs/latency.md)."
    ),
    # balance
    "kept": (
        "Orijinal doğruluk {share:share} oranında korundu ({drop:points} puan); FLOPs "
        "{macs:change}, boyut {size:change}."
    ),
    "kept_more": (
        "Doğruluk orijinalin üzerinde ({drop:points} puan, orijinale oranı {share:share}); FLOPs "
        "{macs:change}, boyut {size:change}."
    ),
    "as_dense": "Doğruluğu orijinalden ayırt edilemeyenler (puan): {each:each_points}.",
    "above_dense": (
        "Doğruluğu orijinalden anlamlı ölçüde yüksek olanlar (puan): {each:each_points}."
    ),
    "no_trained": (
        "Budanmamış kontrol yok: ek eğitimin tek başına ne kazandırdığı bu sonuçlardan anlaşılamaz."
    ),
    "cut_costs": (
        "Aynı ek eğitimi alan budanmamış modele göre budamanın bedeli (puan): {each:each_points}."
    ),
    "cut_is_free": (
        "Aynı ek eğitimi alan budanmamış modelden ayırt edilemeyenler (puan): {each:each_points}."
    ),
    "cut_helps": (
        "Aynı ek eğitimi alan budanmamış modelden anlamlı ölçüde iyi olanlar (puan): "
        "{each:each_points}."
    ),
    "gain_partly_training": (
        "Orijinale göre {gain:points} puanlık kazancın {training:points} puanı budama olmadan, "
        "yalnızca ek eğitimle de elde ediliyor."
    ),
    "gain_all_training": (
        "Orijinale göre {gain:points} puanlık kazanç budamadan gelmiyor: yalnızca ek eğitim "
        "{training:points} puan kazandırıyor."
    ),
    "dominated": (
        "{better:method} daha fazla FLOPs kullanmadan anlamlı ölçüde daha yüksek doğruluk veriyor."
    ),
    "best_balance": "En iyi doğruluk–verimlilik dengesi (doğruluk ve FLOPs): {methods:methods}.",
    "undominated": (
        "Doğruluk–FLOPs dengesinde hiçbir yöntemin geride bırakmadığı yöntemler: {methods:methods}."
    ),
    "training_real": (
        "Ek eğitim ({recipe:text}) budanmamış modelin doğruluğunu tek başına {points:points} puan "
        "değiştirdi; bu fark anlamlı."
    ),
    "training_nothing": (
        "Ek eğitimin ({recipe:text}) budanmamış modele etkisi ({points:points} puan) anlamlı değil."
    ),
    # elsewhere
    "scope_better": (
        "{better:scope} kapsamda doğruluk {points:distance} puan daha yüksek ({higher:accuracy}, "
        "FLOPs {macs:change}; {other:scope} kapsamda {lower:accuracy}, FLOPs {other_macs:change})."
    ),
    "scope_tie": (
        "Kapsamlar berabere: {better:scope} {higher:accuracy} (FLOPs {macs:change}), {other:scope} "
        "{lower:accuracy} (FLOPs {other_macs:change})."
    ),
    "budget_better": (
        "{better:budget} ile doğruluk {points:distance} puan daha yüksek ({higher:accuracy}, FLOPs "
        "{macs:change}; {other:budget} ile {lower:accuracy}, FLOPs {other_macs:change})."
    ),
    "budget_tie": (
        "Doğruluklar berabere: {better:budget} ile {higher:accuracy} (FLOPs {macs:change}), "
        "{other:budget} ile {lower:accuracy} (FLOPs {other_macs:change})."
    ),
    "normaliser_better": (
        "Normalleştirme “{better:normaliser}” iken doğruluk {points:distance} puan daha yüksek "
        "({higher:accuracy}, FLOPs {macs:change}; “{other:normaliser}” iken {lower:accuracy}, "
        "FLOPs {other_macs:change})."
    ),
    "normaliser_tie": (
        "Normalleştirmeler berabere: “{better:normaliser}” {higher:accuracy} (FLOPs "
        "{macs:change}), “{other:normaliser}” {lower:accuracy} (FLOPs {other_macs:change})."
    ),
    "repair_better": (
        "Onarım “{better:repair}” iken doğruluk {points:distance} puan daha yüksek "
        "({higher:accuracy}; “{other:repair}” iken {lower:accuracy})."
    ),
    "repair_tie": (
        "Onarımlar berabere: “{better:repair}” {higher:accuracy}, “{other:repair}” "
        "{lower:accuracy}."
    ),
    "recipe_better": (
        "Reçete “{better:recipe}” iken doğruluk {points:distance} puan daha yüksek "
        "({higher:accuracy}; “{other:recipe}” iken {lower:accuracy})."
    ),
    "recipe_tie": (
        "Reçeteler berabere: “{better:recipe}” {higher:accuracy}, “{other:recipe}” "
        "{lower:accuracy}."
    ),
    "best_combination": (
        "En yüksek doğruluğu veren kombinasyon: {method:method}, {scope:scope} kapsam "
        "({accuracy:accuracy}); diğer bütün kombinasyonlardan farkı anlamlı."
    ),
    "best_combination_tied": (
        "Ölçülen en yüksek doğruluk: {method:method}, {scope:scope} kapsam ({accuracy:accuracy}); "
        "ondan ayırt edilemeyen başka yöntem–kapsam kombinasyonu sayısı: {count:count}."
    ),
    "cheapest_of_best": (
        "Bunların içinde en az FLOPs ({macs:change}) kullananlar: {each:methods_in_scopes}."
    ),
    "published_agrees": (
        "Yayımlanan {published:accuracy}, burada {own:accuracy}: fark ({points:points} puan) "
        "anlamlı değil."
    ),
    "published_differs": (
        "Yayımlanan {published:accuracy}, burada {own:accuracy}: {points:points} puanlık fark "
        "rastlantıyla açıklanamaz."
    ),
    "published_impossible": (
        "Yayımlanan çıkarım süreleri yöntemler arasında {time:factor} kat, FLOPs ise yalnızca "
        "{work:ratio} kat değişiyor: bu süreler bir ölçüm hatasıdır, karşılaştırmaya alınmadı."
    ),
    "neighbour_settings": (
        "{scenario:text} senaryosundan farklı ayarlar: budama oranı {ratio:whole} (orada "
        "{other_ratio:whole}), fine-tuning {epochs:count} epoch (orada {other_epochs:count})."
    ),
    "neighbour_unpublished": (
        "{scenario:text} senaryosunun sonuçları yayımlanmadı; doğruluklar karşılaştırılamaz."
    ),
    "neighbour_unnamed": (
        "{scenario:text} ({scope:scope}) için tek bir sonuç yayımlandı: {accuracy:accuracy} "
        "({drop:points} puan); hangi yönteme ait olduğu belirtilmemiş."
    ),
    "neighbour_differs": (
        "Burada ({own_terms:terms}) {own:accuracy}, yayımlanan {scenario:text} sonucu "
        "({terms:terms}) {published:accuracy}: fark {points:points} puan, anlamlı."
    ),
    "neighbour_tie": (
        "Burada ({own_terms:terms}) {own:accuracy}, yayımlanan {scenario:text} sonucu "
        "({terms:terms}) {published:accuracy}: berabere, fark anlamlı değil."
    ),
    "neighbour_size": (
        "Burada ({own_terms:terms}) boyut {own_size:change}, yayımlanan {scenario:text} sonucunda "
        "({terms:terms}) {size:change}."
    ),
}
