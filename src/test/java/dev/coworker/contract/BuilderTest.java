package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuilderTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ThreadPool.Builder builder = ThreadPool.builder();

    private void assertRefused(String parameter, String value, UnaryOperator<ThreadPool.Builder> setter) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> setter.apply(builder))
                .withMessageContaining(parameter)
                .withMessageContaining(value);
    }

    private void assertNullRefused(UnaryOperator<ThreadPool.Builder> setter) {
        assertThatExceptionOfType(NullPointerException.class).isThrownBy(() -> setter.apply(builder));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n"})
    void aBlankNameIsRefused(String name) {
        assertRefused("name", "'" + name + "'", b -> b.name(name));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE})
    void fewerThanNoMinThreadsAreRefused(int minThreads) {
        assertRefused("minThreads", Integer.toString(minThreads), b -> b.minThreads(minThreads));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void fewerThanOneMaxThreadIsRefused(int maxThreads) {
        assertRefused("maxThreads", Integer.toString(maxThreads), b -> b.maxThreads(maxThreads));
    }

    @Test
    void aNegativeIdleTimeoutIsRefused() {
        assertRefused("idleTimeout", "PT-0.000000001S", b -> b.idleTimeout(Duration.ofNanos(-1)));
        assertRefused("idleTimeout", "PT-", b -> b.idleTimeout(Duration.ofSeconds(Long.MIN_VALUE)));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE})
    void aNegativeBoundIsRefused(int maxQueued) {
        assertRefused("maxQueued", Integer.toString(maxQueued), b -> b.maxQueued(maxQueued));
    }

    @ParameterizedTest
    @ValueSource(strings = {"disk\n2026-01-01 ERROR forged", "disk\r", "a\u001b[31mred", "tab\t", "\u0085"})
    void aNameWithControlCharactersIsRefusedWithoutRepeatingIt(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.name(name))
                .withMessageContainingAll("name", "control characters")
                .satisfies(e -> assertThat(e.getMessage().chars()).noneMatch(Character::isISOControl));
        assertThatIllegalArgumentException().isThrownBy(() -> AioContext.start(name));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pools.open(builder).slice(name, 1));
    }

    @Test
    void moreMinThanMaxThreadsAreRefusedWhenThePoolIsBuilt() {
        builder.minThreads(8).maxThreads(7);
        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessageContainingAll("minThreads", "8", "maxThreads", "7");
    }

    @Test
    void minThreadsAboveTheDefaultMaxAreRefusedWhenThePoolIsBuilt() {
        builder.minThreads(65);
        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessageContainingAll("minThreads", "65", "maxThreads", "64");
    }

    @Test
    void theOrderOfTheSettersDoesNotMatter() {
        ThreadPool pool = pools.open(builder.maxQueued(1).minThreads(1).maxThreads(1));
        assertThat(pool.stats().minThreads()).isEqualTo(1);
        assertThat(pool.stats().maxThreads()).isEqualTo(1);
    }

    @Test
    void aRefusedValueLeavesTheBuilderAsItWas() {
        builder.name("kept").minThreads(1).maxThreads(2);
        assertRefused("name", "", b -> b.name(""));
        assertRefused("minThreads", "-1", b -> b.minThreads(-1));
        assertRefused("maxThreads", "0", b -> b.maxThreads(0));
        ThreadPool pool = pools.open(builder);
        assertThat(pool.name()).isEqualTo("kept");
        assertThat(pool.stats().minThreads()).isEqualTo(1);
        assertThat(pool.stats().maxThreads()).isEqualTo(2);
    }

    @Test
    void nullIsRefusedByEverySetter() {
        assertNullRefused(b -> b.name(null));
        assertNullRefused(b -> b.context(null));
        assertNullRefused(b -> b.idleTimeout(null));
        assertNullRefused(b -> b.threadFactory(null));
        assertNullRefused(b -> b.taskDecorator(null));
        assertNullRefused(b -> b.uncaughtExceptionHandler(null));
        assertNullRefused(b -> b.contextClassLoader(null));
    }

    @Test
    void aFactoryAndDaemonThreadsExcludeEachOther() {
        builder.threadFactory(Thread::new).daemon(true);
        assertThatIllegalStateException()
                .isThrownBy(builder::build)
                .withMessageContainingAll("threadFactory", "daemon");
    }

    @Test
    void theLargestValuesAreAccepted() throws Exception {
        ThreadPool pool = pools.open(builder.maxThreads(Integer.MAX_VALUE)
                .maxQueued(Integer.MAX_VALUE)
                .idleTimeout(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999)));
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
    }

    @Test
    void theDefaultsAreThoseOfQemu() {
        ThreadPool pool = pools.closeAfterwards(ThreadPool.create());
        assertThat(pool.stats().minThreads()).isZero();
        assertThat(pool.stats().maxThreads()).isEqualTo(64);
        assertThat(pool.context()).isSameAs(AioContext.main());
    }

    @Test
    void poolsWithoutANameGetNamesOfTheirOwn() {
        ThreadPool one = pools.open(builder);
        ThreadPool two = pools.open(builder);
        assertThat(one.name()).startsWith("coworker-").isNotEqualTo(two.name());
    }

    @Test
    void aPoolIsBuiltOnTheContextItIsGiven() {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        assertThat(pools.closeAfterwards(ThreadPool.create(context)).context()).isSameAs(context);
        assertThat(pools.open(builder.context(context)).context()).isSameAs(context);
    }

    @Test
    void noPoolIsBuiltOnAClosedContext() {
        AioContext context = AioContext.manual();
        context.close();
        assertThatIllegalStateException().isThrownBy(() -> ThreadPool.create(context));
    }
}
