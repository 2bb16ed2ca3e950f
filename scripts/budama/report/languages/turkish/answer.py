"""Turkish: the words of the answer."""

WORDS = {
    "title": "Yanıt",
    "answer": (
        "{model:text}: {cost:text}, boyutu {size:ratio} katı; {images:count} test "
        "görüntüsünde{seeds:text} {loss:text}, en çok {limit:text} kaybettiği gösterildi (tek "
        "yönlü {confidence:whole} sınırı: {bound:ratio})."
    ),
    "nearest": (
        "Hiçbir modelin hem orijinalden hızlı olduğu hem de en çok {limit:text} kaybettiği "
        "gösterilemedi. Doğrulama görüntülerine göre en yakını {model:text}: {cost:text}, boyutu "
        "{size:ratio} katı; {images:count} test görüntüsünde{seeds:text} {loss:text} (tek yönlü "
        "{confidence:whole} sınırı: {bound:ratio})."
    ),
    "none_faster_time": (
        "Hiçbir modelin orijinalden hızlı olduğu gösterilemedi. En hızlısı {model:text}: "
        "{cost:text}{interval:text}, boyutu {size:ratio} katı; {images:count} test "
        "görüntüsünde{seeds:text} {loss:text}."
    ),
    "none_faster_macs": (
        "Hiçbir modelin FLOPs değeri orijinalinkinden az değil. En azı {model:text}: {cost:text}, "
        "boyutu {size:ratio} katı; {images:count} test görüntüsünde{seeds:text} {loss:text}."
    ),
    "none_here": (
        "Hiçbir model orijinalle aynı tür aygıtta ölçülmedi; bu yüzden hiçbirinin daha hızlı "
        "olduğu ve en çok {limit:text} kaybettiği gösterilemez."
    ),
    "none": "En çok {limit:text} kaybettiği gösterilebilecek bir model yok.",
    "cost_time": (
        "süresi orijinalin {share:ratio} katı ({provider:text}, {precision:text}, batch boyutu "
        "{batch_size:count})"
    ),
    "cost_macs": "FLOPs değeri orijinalin {share:ratio} katı (süre ölçülmedi)",
    "interval": ", aralığı {low:ratio} – {high:ratio}",
    "lost": "{points:ratio} puan kayıp",
    "gained": "{points:ratio} puan kazanç",
    "equal": "kayıp yok",
    "over_seeds": " ({count:count} tohumun ortalaması)",
    "point": "{points:short} puan",
    "points": "{points:short} puan",
    "random": (
        "Bu, kanalları rastgele seçilen kontroldür: hiçbir yöntem daha iyi bir yanıt vermedi."
    ),
    "noisy": "Süresi gürültülü bir makinede ölçüldü: ikinci ondalığa güvenmeyin.",
    "none_passed": (
        "Test görüntülerinde daha iyi görünen başka bir model olabilir; ona göre seçmek onu "
        "olduğundan iyi gösterirdi. Daha çok doğrulama görüntüsü, birden çok tohum, daha iyi bir "
        "toparlanma eğitimi ya da daha yüksek bir answer.lose_at_most bir yanıt getirebilir "
        "(docs/answer.md)."
    ),
    "original_file": "Bu yüzden yanıtın klasöründeki {file:text}, orijinal modelin kendisidir.",
    "elsewhere": (
        "Orijinalden ({device:text}) başka tür bir aygıtta ölçüldükleri için dışarıda bırakılan "
        "modeller: {count:count}."
    ),
    "source": (
        "{file:text}, {source:text} dosyasının kopyasıdır (tohum {seed:text}; ONNX Runtime'da test "
        "doğruluğu {accuracy:accuracy}; SHA-256 {sha256:text})."
    ),
    "how": "Nasıl seçildi",
    "about": (
        "Orijinalden hızlı olduğu gösterilen modellerden, doğrulama görüntülerinde sınırdan çok "
        "kaybetmeyen ve ikisinde birden başka bir modelin geride bırakmadığı modeller adaydı. "
        "Bunlar test görüntülerinde en güvenliden en hızlıya doğru, biri kalana dek sınandı; "
        "yanıt, geçenlerin sonuncusudur. Böylece, kaç model sınanırsa sınansın, sınırdan çok "
        "kaybeden bir modele yeterli denmesi durumların en çok {error:whole} kadarında olur "
        "(docs/answer.md)."
    ),
    "column_time": "Süre, oran",
    "column_macs": "FLOPs, oran",
    "size": "Boyut, oran",
    "validation_lost": "Kayıp puan, doğrulama",
    "test_lost": "Kayıp puan, test",
    "bound": "En çok (%95, tek yönlü)",
    "verdict": "Sonuç",
    "is_answer": "yanıt",
    "is_passed": "geçti",
    "is_failed": "kaldı",
    "is_not_reached": "sınanmadı",
    "is_beaten": "daha hızlı ve güvenlisi var",
    "is_loses": "doğrulama görüntülerinde çok kaybediyor",
    "is_not_faster": "daha hızlı olduğu gösterilemedi",
    "is_elsewhere": "başka bir aygıtta ölçüldü",
}
