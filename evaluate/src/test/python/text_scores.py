"""Scores of texts by sacreBLEU, for TextScoresTest: {"texts": [...], "expected": [...]} in, scores out."""
import json
import sys

import sacrebleu

given = json.load(open(sys.argv[1], encoding="utf-8"))
texts, expected = given["texts"], given["expected"]
scores = {
    "13a": sacrebleu.corpus_bleu(texts, [expected], tokenize="13a").score,
    "zh": sacrebleu.corpus_bleu(texts, [expected], tokenize="zh").score,
    "chrf": sacrebleu.corpus_chrf(texts, [expected]).score,
}
print(json.dumps(scores))
