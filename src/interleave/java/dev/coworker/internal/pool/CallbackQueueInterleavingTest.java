package dev.coworker.internal.pool;

import static dev.coworker.interleave.Interleavings.explore;

import dev.coworker.interleave.Actor;
import dev.coworker.interleave.Check;
import org.junit.jupiter.api.Test;

/** Each callback is delivered once, whenever its request is posted. */
class CallbackQueueInterleavingTest {

    @Test
    void aRequestPostedWhileOthersAreTakenIsDelivered() throws Exception {
        explore("callbacks, post against take", () -> {
            ModelPool model = new ModelPool(0, 1);
            int[] calls = new int[2];
            model.pool.callbacks.post(ended(model, calls, 0, false));
            Actor poster = Actor.start(() -> model.pool.callbacks.post(ended(model, calls, 1, false)));
            while (model.pool.callbacks.delivered() < 2) {
                model.pool.loop.poll(true);
            }
            poster.end();
            Check.that(calls[0] == 1 && calls[1] == 1, calls[0] + " " + calls[1]);
        });
    }

    @Test
    void aCallbackThatPollsGoesOnWithTheOthers() throws Exception {
        explore("callbacks, post against a nested poll", () -> {
            ModelPool model = new ModelPool(0, 1);
            int[] calls = new int[3];
            Actor first = Actor.start(() -> model.pool.callbacks.post(ended(model, calls, 0, false)));
            Actor second = Actor.start(() -> model.pool.callbacks.post(ended(model, calls, 1, false)));
            model.pool.callbacks.post(ended(model, calls, 2, true));
            while (model.pool.callbacks.delivered() < 3) {
                model.pool.loop.poll(true);
            }
            Actor.end(first, second);
            model.pool.loop.poll(false);
            Check.that(calls[0] == 1 && calls[1] == 1 && calls[2] == 1, calls[0] + " " + calls[1] + " " + calls[2]);
            Check.that(model.pool.callbacks.undelivered() == 0, model.pool.callbacks.undelivered());
        });
    }

    @Test
    void cancelReturnsAfterTheCallback() throws Exception {
        explore("callbacks, delivery against cancel", () -> {
            ModelPool model = new ModelPool(0, 1);
            int[] calls = new int[1];
            CallbackRequest request = Actor.share(ended(model, calls, 0, false));
            Actor canceler = Actor.start(() -> {
                Check.that(!request.cancel(), "canceled though it had ended");
                Check.that(calls[0] == 1, "cancel returned before the callback");
            });
            model.pool.callbacks.post(request);
            while (calls[0] == 0) {
                model.pool.loop.poll(true);
            }
            canceler.end();
        });
    }

    private static CallbackRequest ended(ModelPool model, int[] calls, int at, boolean polls) {
        CallbackRequest request = model.callback(() -> null, (value, failure) -> {
            calls[at]++;
            if (polls) {
                model.pool.loop.poll(false);
            }
        });
        request.begin(new Worker(null, null));
        request.publish(null, false);
        return request;
    }
}
