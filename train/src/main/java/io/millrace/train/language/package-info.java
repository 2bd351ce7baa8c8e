/**
 * Training of language models from folders: pretraining and fine-tuning, whole or by a low-rank
 * adapter.
 *
 * <pre>{@code
 * try (Pretrained model = Pretrained.open(folder, DType.FLOAT32);
 *     Adapter adapter = Adapter.fresh(model, LoraSpec.usual(), 1)) {
 *   LanguageTrainer.of(model).adapter(adapter).epochs(3).batch(8).fit(rows);
 *   adapter.save(target);
 * }
 * }</pre>
 */
@NullMarked
package io.millrace.train.language;

import org.jspecify.annotations.NullMarked;
