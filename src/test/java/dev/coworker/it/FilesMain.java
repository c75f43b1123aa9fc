package dev.coworker.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * A program that knows nothing of Coworker: what it prints must not depend on the default provider. See {@link
 * DefaultProviderIT}.
 */
final class FilesMain {
    private FilesMain() {}

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        print("on a platform thread", files(Files.createDirectory(folder.resolve("p"))));
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            Path sub = Files.createDirectory(folder.resolve("v"));
            Callable<List<String>> work = () -> files(sub);
            print("on a virtual thread", virtual.submit(work).get());
            Callable<Long> walk = () -> tree(folder.resolve("tree"));
            System.out.println("tree of " + virtual.submit(walk).get() + " files");
            System.out.println(many(virtual, folder) + " bytes by many");
        }
        boolean pool = Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("coworker-files"));
        System.err.println("pool " + pool);
    }

    private static void print(String title, List<String> lines) {
        System.out.println(title);
        lines.forEach(System.out::println);
    }

    private static List<String> files(Path folder) throws Exception {
        List<String> out = new ArrayList<>();
        Path file = Files.writeString(folder.resolve("a.txt"), "hello\nworld\n");
        out.add(Files.readAllLines(file).toString());
        out.add("toFile " + file.toFile().toPath().equals(file));
        out.add("toUri " + Path.of(file.toUri()).equals(file));
        Files.copy(file, folder.resolve("b.txt"));
        Files.move(folder.resolve("b.txt"), folder.resolve("c.txt"), StandardCopyOption.ATOMIC_MOVE);
        try (Stream<Path> walk = Files.walk(folder)) {
            out.add(walk.map(path -> folder.relativize(path).toString())
                    .sorted()
                    .toList()
                    .toString());
        }
        try (Stream<String> lines = Files.lines(file)) {
            out.add(lines.parallel().toList().toString());
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            out.add("lock " + lock.isValid() + ", mapped "
                    + (char) channel.map(FileChannel.MapMode.READ_ONLY, 0, 5).get(1));
        }
        Path zip = folder.resolve("z.zip");
        try (FileSystem archive = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
            Files.copy(file, archive.getPath("/x"));
        }
        try (FileSystem archive = FileSystems.newFileSystem(zip)) {
            out.add("zip " + Files.readAllLines(archive.getPath("/x")));
        }
        try (FileSystem archive = FileSystems.newFileSystem(URI.create("jar:" + zip.toUri()), Map.of())) {
            out.add("jar " + Files.size(archive.getPath("/x")));
        }
        FileSystem jrt = FileSystems.getFileSystem(URI.create("jrt:/"));
        out.add("jrt " + Files.isRegularFile(jrt.getPath("/modules/java.base/java/lang/Object.class")));
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {folder.toUri().toURL(), zip.toUri().toURL()})) {
            out.add("loaded " + (loader.findResource("a.txt") != null) + " " + (loader.findResource("x") != null));
        }
        out.add("permissions " + Files.getPosixFilePermissions(file).size());
        out.add("temporary " + Files.deleteIfExists(Files.createTempFile("files", null)));
        return out;
    }

    private static long tree(Path root) throws IOException {
        for (int i = 0; i < 50; i++) {
            Path folder = Files.createDirectories(root.resolve(i % 5 + "/" + i));
            for (int k = 0; k < 40; k++) {
                Files.createFile(folder.resolve("f" + k));
            }
        }
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile).count();
        }
    }

    private static long many(ExecutorService virtual, Path folder) throws Exception {
        List<Future<Integer>> readers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Path file = folder.resolve("many" + i);
            readers.add(virtual.submit(() -> {
                try {
                    return Files.readAllBytes(Files.write(file, new byte[1000])).length;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        }
        long bytes = 0;
        for (Future<Integer> reader : readers) {
            bytes += reader.get();
        }
        return bytes;
    }
}
