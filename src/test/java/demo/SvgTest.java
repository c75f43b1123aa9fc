package demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class SvgTest {
    private static Document parse(Measurement... runs) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(Svg.draw(List.of(runs)).getBytes(StandardCharsets.UTF_8)));
    }

    /** Above the lowest line of the scale. */
    private static List<Double> heights(Document svg, String kind) {
        List<Double> heights = new ArrayList<>();
        NodeList curves = svg.getElementsByTagName("polyline");
        for (int i = 0; i < curves.getLength(); i++) {
            Element curve = (Element) curves.item(i);
            if (curve.getAttribute("class").equals(kind)) {
                for (String point : curve.getAttribute("points").split(" ")) {
                    heights.add(282 - Double.parseDouble(point.split(",")[1]));
                }
            }
        }
        return heights;
    }

    private static Lateness late(double median, double latest) {
        return new Lateness(10, median, latest, latest);
    }

    @Test
    void aPointIsAsHighAsTheLogarithmOfItsDelay() throws Exception {
        Document svg = parse(Runs.run("first", 500, 1, late(0.1, 1), late(10, 1_000)));
        assertThat(heights(svg, "median")).containsExactly(0.0, 115.0);
        assertThat(heights(svg, "latest")).containsExactly(57.5, 230.0);
    }

    @Test
    void theRunsShareOneScale() throws Exception {
        Document svg = parse(Runs.steady("slow", 700, 1), Runs.steady("fast", 7, 1));
        List<Double> heights = heights(svg, "median");
        assertThat(heights.get(0) - heights.get(1)).isEqualTo(115, within(0.2)); // two decades of four
        assertThat(svg.getDocumentElement().getTextContent()).contains("1,000").doesNotContain("10,000");
    }

    @Test
    void eachRunSaysWhatItCameToWithTheColdStartApart() throws Exception {
        assertThat(parse(Runs.run("inline", 505.74, 73, late(1, 2)))
                        .getDocumentElement()
                        .getTextContent())
                .contains(
                        "inline",
                        "99 of 100 ticks at most 505.7 ms late",
                        "(in the first 1.2 s: 1,517.2 ms)",
                        "10 reads/s, 7.3 hashes/s, over 10.0 s");
    }
}
