package metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The example's page in a browser. */
class PageIT {
    private static MetricsExample example;

    @BeforeAll
    static void start() throws Exception {
        example = MetricsExample.start(0);
    }

    @AfterAll
    static void stop() {
        example.close();
    }

    @Test
    void thePageIsDrawnInABrowser() throws Exception {
        Browser browser = Browser.findOrSkip();
        Flood.over(example);
        Flood.untilRead(example, "requests queue", reading -> reading.queued() > 0 && reading.active() > 0);
        Flood.until(
                "there is more than one reading",
                () -> example.history().readings().size() > 3);

        String page = browser.dom(example.uri());
        assertThat(page).containsPattern("data-drawn=\"[2-9]");
        for (String id : new String[] {"queued", "active", "idle", "p99", "median"}) {
            assertThat(page).containsPattern("id=\"" + id + "\"[^>]* points=\"[0-9., ]+\"");
        }
        assertThat(page).containsPattern(">queued [0-9]").containsPattern(">99th percentile [0-9]");
    }

    @Test
    void theQueueAndTheWorkersAreSeenInTheirColours() throws Exception {
        Browser browser = Browser.findOrSkip();
        Flood.over(example);
        Flood.untilRead(example, "requests queue", reading -> reading.queued() > 50 && reading.active() == 8);
        Flood.until(
                "there is more than one reading",
                () -> example.history().readings().size() > 3);

        Browser.Screenshot screenshot = browser.screenshot(example.uri());
        assertThat(screenshot.pixels(0x0072b2)).as("queued").isGreaterThan(20);
        assertThat(screenshot.pixels(0xd55e00)).as("active").isGreaterThan(20);
        assertThat(screenshot.pixels(0xcc79a7)).as("99th percentile").isGreaterThan(5);
    }

    @Test
    void aClickStartsTheStarvationAndAnotherOneEndsIt() throws Exception {
        Browser browser = Browser.findOrSkip();

        browser.dom(example.uri().resolve("#virtual_threads"));
        Flood.untilRead(example, "starvation starts", Starvation::isSeen);
        assertThat(browser.dom(example.uri()))
                .containsPattern("id=\"starved\"[^>]* points=\"[0-9., ]+\"")
                .containsPattern("id=\"held\"[^>]* points=\"[0-9., ]+\"");

        String page = browser.dom(example.uri().resolve("#pool"));
        assertThat(page).contains("id=\"pool\" aria-pressed=\"true\"");
        Flood.until("starvation ends", () -> Starvation.hasEnded(example));
        assertThat(example.queries().pool().stats().completed()).isPositive();
    }
}
