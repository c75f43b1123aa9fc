package dev.coworker.junit;

import dev.coworker.watch.CarrierReport;
import dev.coworker.watch.CarrierSite;
import dev.coworker.watch.CarrierWatch;
import dev.coworker.watch.HoldKind;
import dev.coworker.watch.WatchConfig;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs a {@link CarrierWatch} around each test method. */
final class CarrierExtension implements BeforeTestExecutionCallback, AfterTestExecutionCallback {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(CarrierExtension.class);

    @Override
    public void beforeTestExecution(ExtensionContext context) {
        WatchConfig config = WatchConfig.defaults().period(Duration.ofMillis(1));
        context.getStore(NAMESPACE).put(CarrierWatch.class, CarrierWatch.start(config));
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        CarrierWatch watch =
                Objects.requireNonNull(context.getStore(NAMESPACE).remove(CarrierWatch.class, CarrierWatch.class));
        HoldsNoCarrier annotation = annotation(context);
        Duration limit = CarrierReport.parse(annotation.longerThan());
        List<CarrierSite> guilty = watch.stop().sites().stream()
                .filter(site -> site.longest().compareTo(limit) > 0)
                .filter(site -> annotation.evenIfCompensated() || !site.compensated())
                .filter(site -> Arrays.stream(annotation.except()).noneMatch(site::isAt))
                .toList();
        if (!guilty.isEmpty()) {
            throw new AssertionError(guilty.stream()
                    .map(site -> message(site, annotation.longerThan()))
                    .collect(Collectors.joining(System.lineSeparator())));
        }
    }

    private static HoldsNoCarrier annotation(ExtensionContext context) {
        Optional<HoldsNoCarrier> ofMethod =
                AnnotationSupport.findAnnotation(context.getElement(), HoldsNoCarrier.class);
        for (ExtensionContext at = context;
                ofMethod.isEmpty();
                at = at.getParent().orElseThrow()) {
            ofMethod = AnnotationSupport.findAnnotation(at.getTestClass(), HoldsNoCarrier.class);
        }
        return ofMethod.get();
    }

    private static String message(CarrierSite site, String limit) {
        String kinds = site.kinds().stream().map(HoldKind::label).collect(Collectors.joining(", "));
        String reason = site.reason() == null ? "" : " (" + site.reason() + ")";
        return "%s held a carrier for %d ms, longer than %s; seen as %s%s, in %s: %s"
                .formatted(
                        site.frame(), site.longest().toMillis(), limit, kinds, reason, site.operation(), site.advice());
    }
}
