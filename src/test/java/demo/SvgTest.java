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

    private static List<Double> heights(Document svg, String kind) {
        List<Double> heights = new ArrayList<>();
        NodeList bars = svg.getElementsByTagName("rect");
        for (int i = 0; i < bars.getLength(); i++) {
            if (((Element) bars.item(i)).getAttribute("class").equals(kind)) {
                heights.add(Double.valueOf(((Element) bars.item(i)).getAttribute("height")));
            }
        }
        return heights;
    }

    private static Lateness late(double median, double latest) {
        return new Lateness(10, median, latest, latest);
    }

    @Test
    void aBarIsAsHighAsTheLogarithmOfItsDelay() throws Exception {
        Document svg = parse(Runs.run("first", 500, 1, late(0.1, 1), late(10, 100)));
        assertThat(heights(svg, "median")).containsExactly(0.0, 115.0);
        assertThat(heights(svg, "latest")).containsExactly(57.5, 172.5);
    }

    @Test
    void theRunsShareOneScale() throws Exception {
        Document svg = parse(Runs.steady("slow", 700, 1), Runs.steady("fast", 7, 1));
        List<Double> heights = heights(svg, "median");
        assertThat(heights.get(0) - heights.get(1)).isEqualTo(115, within(0.2)); // two decades of four
        assertThat(svg.getDocumentElement().getTextContent()).contains("1,000").doesNotContain("10,000");
    }

    @Test
    void eachRunSaysWhatItCameTo() throws Exception {
        assertThat(parse(Runs.run("inline", 505.74, 73)).getDocumentElement().getTextContent())
                .contains("inline", "99 of 100 ticks at most 505.7 ms late", "10 reads/s, 7.3 hashes/s, over 10.0 s");
    }
}
