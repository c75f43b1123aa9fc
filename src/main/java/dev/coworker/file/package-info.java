/**
 * A file system whose blocking calls leave the carriers of virtual threads free: it runs them on a pool.
 *
 * <p>On JDK 25 a virtual thread that reads, writes, opens or looks up a file holds its carrier. Here the same call is
 * handed to a worker with {@link dev.coworker.Submitter#submitCo(dev.coworker.Work) submitCo} if the caller is a
 * virtual thread, and runs in place if it is a platform thread. There are two ways in:
 *
 * <ul>
 *   <li>{@link dev.coworker.file.OffloadedFileSystem#over(dev.coworker.Submitter)}, for a library that takes a {@link
 *       java.nio.file.Path}:
 *       {@snippet file="snippets/OverFiles.java" region="over"}
 *   <li>{@code -Djava.nio.file.spi.DefaultFileSystemProvider=dev.coworker.file.OffloadedFileSystemProvider}, for a
 *       whole program, unchanged: see {@link dev.coworker.file.OffloadedFileSystemProvider}.
 * </ul>
 *
 * <p><strong>What differs from the file system below</strong> on a virtual thread, and only there:
 *
 * <ul>
 *   <li>An interrupt does not close a channel. The call goes on to its end, and the interrupt status stays set. Only
 *       {@link java.nio.channels.FileChannel#lock() lock} ends with {@link
 *       java.nio.channels.FileLockInterruptionException}; the channel stays open then too.
 *   <li>{@code lock} tries again and again, at most 50 ms apart, so that a waiting caller takes no worker.
 *   <li>A transfer between a file and a channel that is no file, such as a socket, goes through a buffer. The worker
 *       only reads or writes the file, and a slow peer takes no worker.
 * </ul>
 *
 * <p>Everything else is as below: results, exceptions, concurrency of positional reads and writes. When the pool is
 * closed, or the caller is the loop thread of its context, the call runs in place: a program that shuts down can still
 * write its files.
 *
 * <p><strong>What still holds a carrier:</strong>
 *
 * <ul>
 *   <li>Page faults. {@code FileChannel.map} itself is offloaded; reading mapped memory is no call, and cannot be.
 *   <li>{@link java.io.FileInputStream}, {@link java.io.FileOutputStream}, {@link java.io.RandomAccessFile}, {@link
 *       java.io.File} and {@link java.util.zip.ZipFile}: they do not use a {@code FileSystem}.
 *   <li>On JDK 21 to 23, all of it with the default provider; with {@code over}, a call that is made while the caller
 *       holds a monitor, and {@code close()} of a {@code FileChannel}, which runs in place.
 * </ul>
 */
@NullMarked
package dev.coworker.file;

import org.jspecify.annotations.NullMarked;
