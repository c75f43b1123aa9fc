package metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class DrawingTest {
    private static Document parse(List<History.Reading> readings) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(Drawing.of(readings).getBytes(StandardCharsets.UTF_8)));
    }

    private static String[] points(Document drawing, String id) {
        for (String shape : List.of("polygon", "polyline")) {
            NodeList elements = drawing.getElementsByTagName(shape);
            for (int i = 0; i < elements.getLength(); i++) {
                if (((Element) elements.item(i)).getAttribute("id").equals(id)) {
                    return ((Element) elements.item(i))
                            .getAttribute("points")
                            .strip()
                            .split("\\s+");
                }
            }
        }
        throw new AssertionError("no " + id);
    }

    private static List<String> texts(Document drawing) {
        List<String> texts = new ArrayList<>();
        NodeList elements = drawing.getElementsByTagName("text");
        for (int i = 0; i < elements.getLength(); i++) {
            texts.add(elements.item(i).getTextContent());
        }
        return texts;
    }

    private static double height(String point) {
        return Double.parseDouble(point.split(",")[1]);
    }

    /** What the meters of the pool say, with idle carriers. */
    private static History.Reading pool(double queued, double active, double idle, double median, double p99) {
        return new History.Reading(queued, active, idle, median, p99, 0, 0, 0, 0);
    }

    private static History.Reading carriers(double mounted, double waiting, double held, double starved) {
        return new History.Reading(0, 0, 0, 0, 0, mounted, waiting, held, starved);
    }

    @Test
    void noReadingsAreDrawnAsNothing() throws Exception {
        assertThat(points(parse(List.of()), "queued")).containsExactly("");
    }

    @Test
    void everyCurveHasAPointForEachReading() throws Exception {
        Document drawing = parse(Collections.nCopies(7, pool(3, 2, 1, 10, 20)));
        assertThat(points(drawing, "p99")).hasSize(7);
        assertThat(points(drawing, "median")).hasSize(7);
        assertThat(points(drawing, "queued")).hasSize(14);
        assertThat(points(drawing, "active")).hasSize(14);
        assertThat(points(drawing, "idle")).hasSize(14);
    }

    @Test
    void largerValuesAreHigherAndIdleWorkersStandOnActiveOnes() throws Exception {
        Document drawing = parse(List.of(pool(0, 8, 0, 0, 0), pool(9, 2, 4, 30, 40)));
        assertThat(height(points(drawing, "queued")[1])).isLessThan(height(points(drawing, "queued")[0]));
        assertThat(height(points(drawing, "active")[1])).isGreaterThan(height(points(drawing, "active")[0]));
        assertThat(height(points(drawing, "idle")[1])).isLessThan(height(points(drawing, "active")[1]));
        assertThat(height(points(drawing, "idle")[0])).isEqualTo(height(points(drawing, "active")[0]));
        assertThat(height(points(drawing, "p99")[1])).isLessThan(height(points(drawing, "median")[1]));
    }

    @Test
    void waitingVirtualThreadsStandOnMountedOnesAndStarvationRises() throws Exception {
        Document drawing = parse(List.of(carriers(2, 0, 0, 0), carriers(2, 3, 2, 9)));
        assertThat(height(points(drawing, "waiting")[0])).isEqualTo(height(points(drawing, "mounted")[0]));
        assertThat(height(points(drawing, "waiting")[1])).isLessThan(height(points(drawing, "mounted")[1]));
        assertThat(height(points(drawing, "held")[1])).isLessThan(height(points(drawing, "held")[0]));
        assertThat(height(points(drawing, "starved")[1])).isLessThan(height(points(drawing, "held")[1]));
        assertThat(texts(drawing)).contains("mounted 2", "waiting 3", "held 2", "starvations 9");
    }

    @Test
    void theLatestFiguresAreSpelledOut() throws Exception {
        assertThat(texts(parse(List.of(pool(0, 0, 0, 0, 0), pool(1234, 7, 1, 12, 99)))))
                .contains("queued 1,234", "active 7", "idle 1", "median 12 ms", "99th percentile 99 ms");
    }

    @Test
    void aScaleEndsAboveTheHighestValue() throws Exception {
        assertThat(texts(parse(List.of(pool(10, 0, 0, 0, 0))))).contains("5", "10");
        assertThat(texts(parse(List.of(pool(11, 0, 0, 0, 0))))).contains("20");
        assertThat(texts(parse(List.of(pool(1_001, 0, 0, 0, 0))))).contains("1,000", "2,000");
    }
}
