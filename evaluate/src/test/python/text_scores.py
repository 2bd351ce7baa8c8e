"""Scores of texts by sacreBLEU and rouge-score, for TextScoresTest: {"texts": [...], "expected": [...]} in, scores out."""
import json
import sys

import sacrebleu
from rouge_score import rouge_scorer

given = json.load(open(sys.argv[1], encoding="utf-8"))
texts, expected = given["texts"], given["expected"]
scores = {
    "13a": sacrebleu.corpus_bleu(texts, [expected], tokenize="13a").score,
    "zh": sacrebleu.corpus_bleu(texts, [expected], tokenize="zh").score,
    "chrf": sacrebleu.corpus_chrf(texts, [expected]).score,
}
scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"])
for name in ["rouge1", "rouge2", "rougeL"]:
    each = [scorer.score(e, t)[name].fmeasure for t, e in zip(texts, expected)]
    scores[name] = sum(each) / len(each)
print(json.dumps(scores))
