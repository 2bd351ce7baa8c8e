/**
 * Files that are whole or absent: saving that survives a full disk and a kill, and hashes of what
 * was read. Knows nothing of what the files hold.
 */
@NullMarked
package io.millrace.ground.file;

import org.jspecify.annotations.NullMarked;
