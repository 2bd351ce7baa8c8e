package io.millrace.data.template;

/** Something that writes or remembers. */
interface Statement {
  void run(Run run);
}
