package io.millrace.pipeline.language;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The checks of {@code doctor training} as tests. */
class TrainingDoctorTest {
  @Test
  void trainingDoesWhatItShould() {
    assertThat(TrainingDoctor.examine(null))
        .hasSize(9)
        .allSatisfy(check -> assertThat(check.ok()).as(check.toString()).isTrue());
  }
}
