"""The report's words and number forms, in each of its languages."""

from dataclasses import dataclass

from budama.config.budget import Budget


@dataclass(frozen=True)
class Language:
    """One language: its words by key, and how it writes numbers and percentages."""

    code: str
    name: str
    decimal: str
    percent: str
    budgets: dict[str, str]
    words: dict[str, str]

    def number(self, value: float, digits: int = 2) -> str:
        """Write ``value`` with ``digits`` decimals and a true minus sign."""
        text = f"{value:.{digits}f}".replace("-", "−").replace(".", self.decimal)
        return text.removeprefix("−") if float(f"{value:.{digits}f}") == 0 else text

    def count(self, value: int) -> str:
        """Write a whole number with its thousands apart."""
        return f"{value:,}".replace(",", "," if self.decimal == "." else ".")

    def signed(self, value: float, digits: int = 2) -> str:
        """Write ``value`` as a change: with its sign unless it is zero."""
        text = self.number(value, digits)
        return f"+{text}" if float(f"{value:.{digits}f}") > 0 else text

    def budget(self, identifier: str) -> str:
        """Write a budget, for example ``channels-0.1`` as "10% of the channels"."""
        budget = Budget.from_id(identifier)
        share = f"{100 * budget.value:g}".replace(".", self.decimal)
        text = self.budgets[budget.kind].format(self.percent.format(share))
        return self.budgets["round"].format(text, budget.round_to) if budget.round_to > 1 else text

    def change(self, value: float) -> str:
        """Write a relative change in percent, for example −18.4% or, in Turkish, −%18,4."""
        text = self.signed(value, 1)
        sign = text[0] if text[0] in "+−" else ""
        return sign + self.percent.format(text.removeprefix(sign))


TURKISH = Language(
    code="tr",
    name="Türkçe",
    decimal=",",
    percent="%{}",
    budgets={
        "channels": "kanal oranı {}",
        "macs": "FLOPs hedefi {}",
        "params": "parametre hedefi {}",
        "size": "boyut hedefi {}",
        "round": "{}, kanal sayıları {} ve katları",
    },
    words={
        "title": "Özet Rapor",
        "configuration": "Test Konfigürasyonu",
        "data": "Model ve veri seti",
        "pruning": "Budama parametreleri",
        "compared": "Test edilen yöntemler",
        "training": "Eğitim reçeteleri",
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
        "test_images": "Test görüntüsü",
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
        "scope": "Kapsam",
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
        "seed": "Tohum",
        "layer": "katman bazlı",
        "global": "global",
        "none": "–",
        "dense": "Orijinal (ince ayarlı)",
        "dense-finetuned": "Kontrol: budanmamış",
        "random": "Kontrol: rastgele kanallar",
        "coverage": "Nöron kapsama",
        "wanda": "Wanda",
        "magnitude": "Büyüklük (magnitude)",
        "taylor": "Taylor",
        "fpgm": "FPGM (geometrik medyan)",
        "notes": "Nasıl okunmalı",
        "note_accuracy": (
            "Doğruluk test görüntülerinde, bir kez, en sonda ölçülür; aralık Wilson aralığıdır ve "
            "yalnızca test görüntülerinin sayısından gelen belirsizliği kapsar. Aralıkları örtüşen "
            "yöntemler arasında bir sıralama okumayın."
        ),
        "note_after_cut": (
            "“Budamadan hemen sonra” sütunu doğrulama görüntülerinde, toparlanma eğitiminden önce "
            "ölçülür."
        ),
        "note_latency": (
            "Çıkarım oranı, aynı süreçte dönüşümlü ölçülen budanmış / orijinal sürelerinin "
            "ortancasıdır; makine hızlanıp yavaşlasa da geçerli kalır. Milisaniyeler yalnızca bu "
            "makine içindir."
        ),
        "note_macs": (
            "FLOPs, yayımlanan raporlardaki gibi çarp-topla sayısıdır (fvcore). Boyut, state dict "
            "baytlarının 2^20'ye bölümüdür."
        ),
        "note_control": (
            "Bir yöntem, rastgele kanal kesmekten iyi değilse hiçbir şey bilmiyor demektir. "
            "Budanmamış kontrol aynı ek eğitimi alır: eğitimin kendi katkısı onda görülür."
        ),
    },
)

ENGLISH = Language(
    code="en",
    name="English",
    decimal=".",
    percent="{}%",
    budgets={
        "channels": "{} of the channels",
        "macs": "down to {} of the FLOPs",
        "params": "down to {} of the parameters",
        "size": "down to {} of the size",
        "round": "{}, in multiples of {}",
    },
    words={
        "title": "Summary Report",
        "configuration": "Configuration",
        "data": "Model and data",
        "pruning": "Pruning",
        "compared": "What is compared",
        "training": "Training recipes",
        "task": "Task",
        "model": "Model",
        "weights": "Weights",
        "pretrained": "pretrained",
        "random_weights": "random",
        "dataset": "Dataset",
        "classes": "Classes",
        "image_size": "Image size",
        "train_images": "Training images",
        "validation_images": "Validation images",
        "calibration_images": "Calibration images",
        "test_images": "Test images",
        "scopes": "Scope",
        "budgets": "Budget",
        "steps": "Iterative steps",
        "epochs": "Fine-tuning epochs",
        "calibration": "Calibration batches",
        "batches_of": "{} of {} images",
        "methods": "Methods",
        "controls": "Controls",
        "budget": "Budget",
        "recipe": "Recipe",
        "setting": "Setting",
        "original": "original",
        "recovery": "recovery",
        "on": "on",
        "off": "off",
        "assumed": "assumed",
        "assumptions": "Assumptions",
        "about_assumptions": (
            "The source that this scenario follows does not state these settings; their values are "
            "assumed. The reasons are those in the scenario's file."
        ),
        "seeds": "Seeds",
        "provider": "Inference (ONNX Runtime)",
        "results": "Comparison",
        "method": "Method",
        "scope": "Scope",
        "accuracy": "Accuracy (%)",
        "top5": "Top-5 accuracy (%)",
        "interval": "95% interval",
        "loss": "Accuracy loss (points)",
        "size": "Size (MiB)",
        "size_change": "Size change",
        "latency": "Inference time (ms)",
        "latency_ratio": "Inference ratio",
        "macs": "FLOPs (G)",
        "macs_change": "FLOPs change",
        "after_cut": "Right after the cut (%)",
        "seed": "Seed",
        "layer": "layer-wise",
        "global": "global",
        "none": "–",
        "dense": "Original (fine-tuned)",
        "dense-finetuned": "Control: not pruned",
        "random": "Control: random channels",
        "coverage": "Neuron coverage",
        "wanda": "Wanda",
        "magnitude": "Magnitude",
        "taylor": "Taylor",
        "fpgm": "FPGM (geometric median)",
        "notes": "How to read this",
        "note_accuracy": (
            "Accuracy is measured on the test images, once, at the end; the interval is Wilson's "
            "and covers only the uncertainty that comes from the number of test images. Read no "
            "ranking into methods whose intervals overlap."
        ),
        "note_after_cut": (
            "“Right after the cut” is measured on validation images, before recovery training."
        ),
        "note_latency": (
            "The inference ratio is the median of pruned / original times that were measured by "
            "turns in one process, so it holds although the machine drifts. The milliseconds are "
            "for this machine only."
        ),
        "note_macs": (
            "FLOPs are multiply-accumulates, as in the published reports (counted by fvcore). Size "
            "is the bytes of the state dict over 2^20."
        ),
        "note_control": (
            "A method that does no better than random channels knows nothing. The control that was "
            "not pruned gets the same extra training: it shows what that alone brings."
        ),
    },
)

LANGUAGES = {language.code: language for language in (TURKISH, ENGLISH)}
NOTES = ("note_accuracy", "note_control", "note_after_cut", "note_latency", "note_macs")
