package io.millrace.pipeline;

/** Which Millrace this is. */
public final class Version {
  /** The version, as in the POM. */
  public static final String TEXT = "0.1.0";

  private Version() {}
}
