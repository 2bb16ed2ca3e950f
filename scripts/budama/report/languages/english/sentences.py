"""English: the sentences of the observations."""

SENTENCES = {
    # ranking
    "all_tied": ("No two methods differ significantly: these results do not support a ranking."),
    "place_first": "Place {place:count}, the highest accuracy ({accuracy:accuracy}).",
    "place_tied": (
        "Place {place:count} ({accuracy:accuracy}); a tie with {others:methods}: no significant "
        "difference."
    ),
    "place": "Place {place:count} ({accuracy:accuracy}).",
    "place_last": "Place {place:count}, the lowest accuracy ({accuracy:accuracy}).",
    "place_alone": "The only method, so no ranking (accuracy {accuracy:accuracy}).",
    "no_result": "No result: this cell is not finished.",
    "no_random": (
        "There is no control with random channels: whether the methods are better than a cut that "
        "knows nothing cannot be told from these results."
    ),
    "beats_random": "Significantly better than random channels (points): {each:each_points}.",
    "as_random": "Not shown to be better than random channels (points): {each:each_points}.",
    "below_random": "Significantly worse than random channels (points): {each:each_points}.",
    "random_elsewhere": (
        "The random control was cut {scope:scope} (FLOPs {own:change}); the methods here have "
        "FLOPs changes from {least:change} to {most:change}, so the cost is not equal."
    ),
    "random_elsewhere_at_equal_cost": (
        "The random control was cut {scope:scope}; it leaves about as many FLOPs ({own:change}) as "
        "the methods here."
    ),
    # optimisation
    "size_same": (
        "{change:plain} smaller models ({dense:size} MiB → {left:size} MiB), the same for all "
        "methods."
    ),
    "size_range": (
        "{first:plain} to {last:plain} smaller models: least with {least:method}, most with "
        "{most:method}."
    ),
    "macs_same": (
        "{change:plain} fewer FLOPs ({dense:macs}G → {left:macs}G), the same for all methods."
    ),
    "macs_range": (
        "{first:plain} to {last:plain} fewer FLOPs: least with {least:method}, most with "
        "{most:method}."
    ),
    "unequal_cost": (
        "The cost is not equal: {least:method} leaves {few:macs}G FLOPs, {most:method} "
        "{many:macs}G, so accuracies are not compared at equal cost."
    ),
    "best_keeps_most": (
        "{method:method} has the highest accuracy and also the most FLOPs: part of its lead may "
        "come from that."
    ),
    "latency_missing": "Inference time was not measured.",
    "latency_missing_for": "Inference time was not measured for {methods:methods}.",
    "faster": "Faster than the original (inference ratio): {each:each_ratio}.",
    "as_fast": (
        "Inference time that cannot be told from the original's (inference ratio): "
        "{each:each_ratio}."
    ),
    "slower_with_fewer_macs": (
        "Slower than the original although FLOPs fell (inference ratio): {each:each_ratio}."
    ),
    "slower": "Slower than the original (inference ratio): {each:each_ratio}.",
    "latency_without_interval": (
        "The intervals of the inference ratios are not known; differences within 5% were not "
        "counted."
    ),
    "latency_noisy": (
        "The latency measurement was noisy, do not rely on its ratio: {methods:methods}."
    ),
    "times_beyond_macs": (
        "Inference times differ by a factor of {time:factor} between methods, FLOPs only by "
        "{work:ratio}. FLOPs do not explain this; channel counts that do not fill whole blocks can "
        "explain a factor of a few (docs/latency.md)."
    ),
    # balance
    "kept": (
        "Keeps {share:share} of the original accuracy ({drop:points} points); FLOPs {macs:change}, "
        "size {size:change}."
    ),
    "kept_more": (
        "Accuracy above the original's ({drop:points} points, {share:share} of it); FLOPs "
        "{macs:change}, size {size:change}."
    ),
    "as_dense": "Cannot be told from the original by accuracy (points): {each:each_points}.",
    "above_dense": "Significantly more accurate than the original (points): {each:each_points}.",
    "no_trained": (
        "There is no control that was trained without a cut: what the extra training alone brings "
        "cannot be told from these results."
    ),
    "cut_costs": (
        "Cost of the cut against the unpruned model with the same extra training (points): "
        "{each:each_points}."
    ),
    "cut_is_free": (
        "Cannot be told from the unpruned model with the same extra training (points): "
        "{each:each_points}."
    ),
    "cut_helps": (
        "Significantly better than the unpruned model with the same extra training (points): "
        "{each:each_points}."
    ),
    "gain_partly_training": (
        "Of the gain of {gain:points} points over the original, {training:points} come from the "
        "extra training alone."
    ),
    "gain_all_training": (
        "The gain of {gain:points} points over the original does not come from the cut: the extra "
        "training alone brings {training:points}."
    ),
    "dominated": "{better:method} is significantly more accurate and needs no more FLOPs.",
    "best_balance": "The best balance of accuracy and FLOPs: {methods:methods}.",
    "undominated": "Beaten by no other method in accuracy and FLOPs together: {methods:methods}.",
    "training_real": (
        "Extra training alone ({recipe:text}) changed the unpruned model's accuracy by "
        "{points:points} points, a significant difference."
    ),
    "training_nothing": (
        "The effect of extra training alone ({recipe:text}) on the unpruned model ({points:points} "
        "points) is not significant."
    ),
    # elsewhere
    "scope_better": (
        "The {better:scope} cut is {points:distance} points more accurate ({higher:accuracy}, "
        "FLOPs {macs:change}; {other:scope}: {lower:accuracy}, FLOPs {other_macs:change})."
    ),
    "scope_tie": (
        "The scopes are tied: {better:scope} {higher:accuracy} (FLOPs {macs:change}), "
        "{other:scope} {lower:accuracy} (FLOPs {other_macs:change})."
    ),
    "budget_better": (
        "With {better:budget}, accuracy is {points:distance} points higher ({higher:accuracy}, "
        "FLOPs {macs:change}; with {other:budget}: {lower:accuracy}, FLOPs {other_macs:change})."
    ),
    "budget_tie": (
        "Accuracies are tied: with {better:budget} {higher:accuracy} (FLOPs {macs:change}), with "
        "{other:budget} {lower:accuracy} (FLOPs {other_macs:change})."
    ),
    "normaliser_better": (
        "With the normaliser “{better:normaliser}”, accuracy is {points:distance} points higher "
        "({higher:accuracy}, FLOPs {macs:change}; with “{other:normaliser}”: {lower:accuracy}, "
        "FLOPs {other_macs:change})."
    ),
    "normaliser_tie": (
        "The normalisers are tied: “{better:normaliser}” {higher:accuracy} (FLOPs {macs:change}), "
        "“{other:normaliser}” {lower:accuracy} (FLOPs {other_macs:change})."
    ),
    "repair_better": (
        "With the repair “{better:repair}”, accuracy is {points:distance} points higher "
        "({higher:accuracy}; with “{other:repair}”: {lower:accuracy})."
    ),
    "repair_tie": (
        "The repairs are tied: “{better:repair}” {higher:accuracy}, “{other:repair}” "
        "{lower:accuracy}."
    ),
    "recipe_better": (
        "With the recipe “{better:recipe}”, accuracy is {points:distance} points higher "
        "({higher:accuracy}; with “{other:recipe}”: {lower:accuracy})."
    ),
    "recipe_tie": (
        "The recipes are tied: “{better:recipe}” {higher:accuracy}, “{other:recipe}” "
        "{lower:accuracy}."
    ),
    "best_combination": (
        "{method:method}, {scope:scope}, has the highest accuracy ({accuracy:accuracy}), "
        "significantly above every other combination."
    ),
    "best_combination_tied": (
        "The highest accuracy measured is that of {method:method}, {scope:scope} "
        "({accuracy:accuracy}); other combinations of method and scope that cannot be told from "
        "it: {count:count}."
    ),
    "cheapest_of_best": (
        "Of these, the fewest FLOPs ({macs:change}) are left by {each:methods_in_scopes}."
    ),
    "published_agrees": (
        "Published {published:accuracy}, here {own:accuracy}: the difference ({points:points} "
        "points) is not significant."
    ),
    "published_differs": (
        "Published {published:accuracy}, here {own:accuracy}: the difference of {points:points} "
        "points is more than chance."
    ),
    "published_impossible": (
        "Published inference times differ by a factor of {time:factor} between methods, FLOPs only "
        "by {work:ratio}: these times are an artefact of their measurement and are not compared."
    ),
    "neighbour_settings": (
        "Settings that differ from {scenario:text}: {ratio:whole} of the channels (there "
        "{other_ratio:whole}), {epochs:count} epochs of fine-tuning (there {other_epochs:count})."
    ),
    "neighbour_unpublished": (
        "No results of {scenario:text} were published; accuracies cannot be compared."
    ),
    "neighbour_unnamed": (
        "One figure of {scenario:text} ({scope:scope}) was published: {accuracy:accuracy} "
        "({drop:points} points); its method is not stated."
    ),
    "neighbour_differs": (
        "Here ({own_terms:terms}) {own:accuracy}, published for {scenario:text} ({terms:terms}) "
        "{published:accuracy}: a difference of {points:points} points, significant."
    ),
    "neighbour_tie": (
        "Here ({own_terms:terms}) {own:accuracy}, published for {scenario:text} ({terms:terms}) "
        "{published:accuracy}: a tie, no significant difference."
    ),
    "neighbour_size": (
        "Here ({own_terms:terms}) the size changes by {own_size:change}, in the published "
        "{scenario:text} ({terms:terms}) by {size:change}."
    ),
}
