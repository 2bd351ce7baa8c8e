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

  /**
   * How fresh weights begin: as the reference implementation does.
   *
   * @param config may be asked for more
   */
  default Spread spread(Config config) {
    double deviation =
        config.number(config.has("init_std") ? "init_std" : "initializer_range", 0.02);
    return (name, part, columns) -> deviation;
  }

  /** The standard deviation of fresh matrices. */
  interface Spread {
    /**
     * The deviation of a matrix.
     *
     * @param name ours
     * @param part which of several pieces one below the other, from 0
     * @param columns its numbers in a row
     */
    double of(String name, int part, long columns);
  }

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
