/** Pretraining and fine-tuning of language models from a spec: {@code TuneSpec} to a folder. */
@NullMarked
package io.millrace.pipeline.language;

import org.jspecify.annotations.NullMarked;
