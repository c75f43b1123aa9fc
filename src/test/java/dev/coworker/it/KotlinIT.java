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

/** What the nulls of the API are to a Kotlin compiler, to which JSpecify's annotations are types. */
class KotlinIT {
    @TempDir
    Path classes;

    @Test
    void aCallerWhoRespectsTheNullsOfTheApiCompiles() throws Exception {
        Child compiler = compile("Honest.kt");
        assertThat(compiler.exit()).as(compiler.output()).isZero();
    }

    @Test
    void eachLineThatDoesNotIsAnError() throws Exception {
        Child compiler = compile("Careless.kt");
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
                Child.path(Stream.concat(Stream.of(Child.JAR), Child.jars("jspecify|kotlin-stdlib"))),
                "-d",
                classes.toString(),
                Child.SOURCES.resolve("kotlin").resolve(source).toString()));
    }
}
