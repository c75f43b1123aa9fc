package com.example.disk;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The pool's settings.
 *
 * @param startWithin how long a request waits for a worker before it is answered with 503
 * @param drain how long a shutdown waits for work
 */
@ConfigurationProperties("workers")
record WorkersProperties(
        @DefaultValue("16") int maxThreads,
        @DefaultValue("200") int maxQueued,
        @DefaultValue("200ms") Duration startWithin,
        @DefaultValue("20s") Duration drain) {}
