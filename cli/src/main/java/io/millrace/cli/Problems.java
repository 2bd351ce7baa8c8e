package io.millrace.cli;

import io.millrace.ground.file.FileException;
import io.millrace.ground.spec.SpecException;
import io.millrace.pipeline.PipelineException;

/** Which exit code a problem has: 2 where the call was wrong, 1 where the work failed. */
final class Problems {
  private Problems() {}

  static int exitCode(Exception e) {
    return e instanceof SpecException
            || e instanceof PipelineException
            || e instanceof CliException
            || (e instanceof FileException problem && problem.key().equals("missing"))
        ? 2
        : 1;
  }
}
