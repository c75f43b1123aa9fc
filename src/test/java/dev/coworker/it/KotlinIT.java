package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API as Kotlin has it: to its compiler, JSpecify's annotations are types; its coroutines suspend. */
class KotlinIT {
    @TempDir
    Path classes;

    @Test
    void aCallerWhoRespectsTheNullsOfTheApiCompiles() throws Exception {
        Child compiler = compile("kotlin/Honest.kt");
        assertThat(compiler.exit()).as(compiler.output()).isZero();
    }

    @Test
    void eachLineThatDoesNotIsAnError() throws Exception {
        Child compiler = compile("kotlin/Careless.kt");
        assertThat(compiler.exit()).as(compiler.output()).isEqualTo(1);
        List<String> lines = Files.readAllLines(Child.SOURCES.resolve("kotlin/Careless.kt"));
        List<Integer> careless = IntStream.rangeClosed(1, lines.size())
                .filter(line -> lines.get(line - 1).endsWith("// refused"))
                .boxed()
                .toList();
        List<Integer> refused = Pattern.compile("Careless\\.kt:(\\d+):\\d+: error")
                .matcher(compiler.output())
                .results()
                .map(error -> Integer.valueOf(error.group(1)))
                .distinct()
                .toList();
        assertThat(refused).as(compiler.output()).isEqualTo(careless);
    }

    @Test
    void coroutinesSuspendOverThePoolAndThoseThatCloseDropsAreTold() throws Exception {
        Child compiler = compile("coroutines/Coroutines.kt");
        assertThat(compiler.exit()).as(compiler.output()).isZero();

        String output = Child.run(List.of(
                Child.JAVA.toString(),
                "-classpath",
                Child.path(Stream.concat(
                        Stream.of(classes.toString(), Child.JAR),
                        Child.jars("jspecify|kotlin-stdlib|kotlinx-coroutines-core-jvm"))),
                "CoroutinesKt"));

        assertThat(output.lines())
                .containsExactly(
                        "value: 42, null: null",
                        "failure: no such block",
                        "canceled: true, queued 0, canceled 1",
                        "its work ran: false",
                        "running was canceled: true, its work had ended: true",
                        "dispatched to disk-worker-1",
                        "told: RejectedExecutionException, of DispatchedContinuation",
                        "dispatched has ended: false",
                        "requested: true",
                        "dispatched later: canceled");
    }

    private Child compile(String source) throws IOException, InterruptedException {
        return Child.start(List.of(
                Child.JAVA.toString(),
                "-XX:TieredStopAtLevel=1",
                "-classpath",
                Child.path(Child.jars("kotlin-.*|kotlinx-coroutines-core-jvm|annotations")),
                "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler",
                "-no-stdlib",
                "-jvm-target",
                "21",
                "-classpath",
                Child.path(Stream.concat(
                        Stream.of(Child.JAR), Child.jars("jspecify|kotlin-stdlib|kotlinx-coroutines-core-jvm"))),
                "-d",
                classes.toString(),
                Child.SOURCES.resolve(source).toString()));
    }
}
