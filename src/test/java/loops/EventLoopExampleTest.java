package loops;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventLoopExampleTest {
    @Test
    void callbacksRunOnTheEventLoopAlsoThoseOfCanceledRequests() throws Exception {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        EventLoop loop = new DefaultEventLoop(new DefaultThreadFactory("test-loop"));
        try {
            EventLoopExample.run(loop, new PrintStream(written, true, US_ASCII));
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }

        assertThat(written.toString(US_ASCII).lines().map(line -> line.replaceFirst("^test-loop-\\d+-\\d+ ", "LOOP ")))
                .containsExactly(
                        "LOOP hears of the read: hello",
                        "LOOP hears of the queued one: java.util.concurrent.CancellationException:"
                                + " the request was canceled",
                        "the queued one was withdrawn: true",
                        "LOOP hears of the running one: java.lang.InterruptedException",
                        "the running one was withdrawn: false, interrupted: true");
    }
}
