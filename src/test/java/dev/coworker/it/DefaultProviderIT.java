package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs that know nothing of Coworker, with its file system as the default one, on this JDK and on 21. */
class DefaultProviderIT {
    private static final String PROVIDER =
            "-Djava.nio.file.spi.DefaultFileSystemProvider=dev.coworker.file.OffloadedFileSystemProvider";
    private static final String TWO_CARRIERS = "-Djdk.virtualThreadScheduler.parallelism=2";

    @TempDir
    Path folder;

    /** Where monitors pin virtual threads, files are read in place, and the JDK adds carriers. */
    private static boolean hasPool(Path java) {
        return !java.equals(Child.JDK_21) && Runtime.version().feature() >= 24;
    }

    private static Child run(Path java, Class<?> main, List<String> options, Object... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                Child.path(Stream.concat(
                        Stream.of(Child.JAR),
                        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator)))),
                main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return Child.start(command);
    }

    private String files(Path java, List<String> options) throws Exception {
        Child child = run(java, FilesMain.class, options, Files.createTempDirectory(folder, "run"));
        assertThat(child.exit()).as(child.output()).isZero();
        return child.output();
    }

    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void aProgramPrintsTheSameAndHasThePool(Path java) throws Exception {
        String plain = files(java, List.of());

        String ours = files(java, List.of(PROVIDER, TWO_CARRIERS));

        assertThat(plain).contains("on a virtual thread", "tree of 2000 files", "200000 bytes by many", "pool false");
        assertThat(ours).isEqualTo(plain.replace("pool false", "pool " + hasPool(java)));
    }

    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void blockedReadsLeaveTheCarriersToOthers(Path java) throws Exception {
        List<String> two = new ArrayList<>(List.of(PROVIDER, TWO_CARRIERS));
        if (hasPool(java)) {
            two.add("-Djdk.virtualThreadScheduler.maxPoolSize=2");
        }

        Child child = run(java, BlockedReadsMain.class, two, fifo());

        assertThat(child.output()).isEqualTo("ticked while 8 reads wait\nread 8\n");
    }

    /** The same program without the provider stands still: the test above would see it. */
    @Test
    @EnabledForJreRange(min = JRE.JAVA_24)
    void withoutTheProviderBlockedReadsHoldTheCarriers() throws Exception {
        List<String> two =
                List.of("-Djdk.virtualThreadScheduler.parallelism=2", "-Djdk.virtualThreadScheduler.maxPoolSize=2");

        Child child = run(Child.JAVA, BlockedReadsMain.class, two, fifo());

        assertThat(child.output()).isEqualTo("no tick while 8 reads wait\nread 8\n");
    }

    private Path fifo() throws IOException, InterruptedException {
        Path fifo = folder.resolve("fifo");
        Child.run(List.of("mkfifo", fifo.toString()));
        return fifo;
    }

    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void luceneIndexesAndSearches(Path java) throws Exception {
        Child child = run(java, LuceneMain.class, List.of(PROVIDER, TWO_CARRIERS), folder);

        assertThat(child.output().lines().filter(line -> line.contains(":")).toList())
                .as(child.output())
                .contains(
                        "NIOFSDirectory: 4000 documents, 40 found",
                        "MMapDirectory: 4000 documents, 40 found",
                        "pool: " + hasPool(java));
    }

    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void aDatabaseOfH2IsWrittenByVirtualThreadsAndReopened(Path java) throws Exception {
        Child child = run(java, H2Main.class, List.of(PROVIDER, TWO_CARRIERS), folder);

        assertThat(child.output())
                .isEqualTo("rows 500, of 4096 bytes each\nrows 500 after reopening\npool " + hasPool(java) + "\n");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_24)
    void settingsAreReadAndAWrongOneIsReportedAndPassedOver() throws Exception {
        Child child = run(
                Child.JAVA,
                FileSettingsMain.class,
                List.of(PROVIDER, "-Ddev.coworker.file.maxThreads=7", "-Ddev.coworker.file.minThreads=many"));

        assertThat(child.output().lines().filter(line -> !line.matches("[A-Z][a-z]+ \\d.*DefaultPool.*")))
                .containsExactly(
                        "WARNING: dev.coworker.file.minThreads must be a whole number from 0 to 7, not 'many': using 0",
                        "coworker-files: 0 to 7");
    }

    @ParameterizedTest
    @MethodSource("dev.coworker.it.Child#launchers")
    void itIsTheDefaultProviderOnTheModulePathToo(Path java) throws Exception {
        Child child = Child.start(List.of(
                java.toString(),
                PROVIDER,
                "-p",
                Child.path(Stream.concat(Stream.of(Child.JAR), Child.jars("jspecify"))),
                "--add-modules",
                "dev.coworker",
                "-cp",
                "target/test-classes",
                FilesMain.class.getName(),
                Files.createDirectory(folder.resolve("modules")).toString()));

        assertThat(child.output()).contains("tree of 2000 files").endsWith("pool " + hasPool(java) + "\n");
    }
}
