package io.millrace.model.folder;

import io.millrace.model.architecture.Architecture;
import io.millrace.model.transformer.Source;

/** How the models of a family are made of our parts. */
interface Family {
  /**
   * What a configuration means.
   *
   * @param config every key that matters must be asked for
   * @param architecture the name in the configuration, for example {@code BertForMaskedLM}
   * @throws io.millrace.model.ModelException if an option is not known
   */
  Blueprint read(Config config, String architecture);

  /** Puts a model together from its weights. */
  interface Builder {
    Architecture build(Source source);
  }

  /**
   * What a configuration means.
   *
   * @param tied names in the folder of copies of tied weights, as a regular expression
   * @param leftOut names of parts that this architecture has no use for, as a regular expression
   */
  record Blueprint(WeightMap map, String tied, String leftOut, Builder builder) {}
}
