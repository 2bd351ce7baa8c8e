/**
 * Where data comes from: tabular files through DuckDB, IDX files, folders of pictures, and the
 * digits that ship with Millrace. Readers check everything and say file, row and cure.
 */
@NullMarked
package io.millrace.data.source;

import org.jspecify.annotations.NullMarked;
