"""Turkish: the words on the cut and its repair."""

WORDS = {
    "title": "Kesim ve onarım",
    "tried": "“Otomatik” normalleştirmenin denedikleri",
    "about_tried": (
        "Kesim bu normalleştirmelerin her biriyle yapıldı, onarıldı ve ne kalibrasyonda ne "
        "doğrulamada kullanılan eğitim görüntülerinde sınandı: yüzde doğruluk, hiç eğitim "
        "yapılmadan. Budanmamış model, kalibrasyondakiler gibi bu görüntülerle de eğitilmişti; bu "
        "yüzden onlarla yalnızca kesimler arasında seçim yapılır. En doğru olandan ayırt "
        "edilemeyenler arasında çapraz entropisi en düşük olan alındı (kalın). Her yöntem, "
        "puanlarının elverişli olduğu bütün normalleştirmelerle ve puanların yalnızca sırasına "
        "bakan “kayıp” ile denendi; çizgi, puanların o normalleştirmeye elverişli olmadığını ya da "
        "istenen budama miktarına onunla ulaşılamadığını gösterir."
    ),
    "explained": "Kalan kanalların açıkladığı pay",
    "about_explained": (
        "Kesilen kanalları okuyan katmanlar için: bütün girdilerinin varyansından, kalan "
        "kanalların açıkladığı pay. %100'e yakınsa kayıp azdır ve o katman daha çok kanal "
        "verebilir; pay düşükse kesim derine inmiştir."
    ),
    "mean": "Katmanların ortalaması (%)",
    "worst": "En az açıklananlar",
    "layer": "{0}: {1} ({3} kanaldan {2} kaldı)",
}
