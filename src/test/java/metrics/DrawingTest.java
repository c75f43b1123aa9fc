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

    @Test
    void noReadingsAreDrawnAsNothing() throws Exception {
        assertThat(points(parse(List.of()), "queued")).containsExactly("");
    }

    @Test
    void everyCurveHasAPointForEachReading() throws Exception {
        Document drawing = parse(Collections.nCopies(7, new History.Reading(3, 2, 1, 10, 20)));
        assertThat(points(drawing, "p99")).hasSize(7);
        assertThat(points(drawing, "median")).hasSize(7);
        assertThat(points(drawing, "queued")).hasSize(14);
        assertThat(points(drawing, "active")).hasSize(14);
        assertThat(points(drawing, "idle")).hasSize(14);
    }

    @Test
    void largerValuesAreHigherAndIdleWorkersStandOnActiveOnes() throws Exception {
        Document drawing = parse(List.of(new History.Reading(0, 8, 0, 0, 0), new History.Reading(9, 2, 4, 30, 40)));
        assertThat(height(points(drawing, "queued")[1])).isLessThan(height(points(drawing, "queued")[0]));
        assertThat(height(points(drawing, "active")[1])).isGreaterThan(height(points(drawing, "active")[0]));
        assertThat(height(points(drawing, "idle")[1])).isLessThan(height(points(drawing, "active")[1]));
        assertThat(height(points(drawing, "idle")[0])).isEqualTo(height(points(drawing, "active")[0]));
        assertThat(height(points(drawing, "p99")[1])).isLessThan(height(points(drawing, "median")[1]));
    }

    @Test
    void theLatestFiguresAreSpelledOut() throws Exception {
        assertThat(texts(parse(List.of(new History.Reading(0, 0, 0, 0, 0), new History.Reading(1234, 7, 1, 12, 99)))))
                .contains("queued 1,234", "active 7", "idle 1", "median 12 ms", "99th percentile 99 ms");
    }

    @Test
    void aScaleEndsAboveTheHighestValue() throws Exception {
        assertThat(texts(parse(List.of(new History.Reading(10, 0, 0, 0, 0))))).contains("5", "10");
        assertThat(texts(parse(List.of(new History.Reading(11, 0, 0, 0, 0))))).contains("20");
        assertThat(texts(parse(List.of(new History.Reading(1_001, 0, 0, 0, 0)))))
                .contains("1,000", "2,000");
    }
}
