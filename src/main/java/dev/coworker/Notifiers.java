package dev.coworker;

import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The notifiers attached to one context, with their handlers; level-triggered. */
final class Notifiers {
    private record Attachment(EventNotifier notifier, Runnable handler) {}

    private final Mutex lock = new Mutex();
    private volatile Attachment[] attachments = {}; // copied on write under lock, read anywhere
    private int turn; // home thread: whose turn it is, where a budget ended the last run

    /** Attaches a notifier, replaces its handler, or removes it. */
    void put(AioContext context, EventNotifier notifier, @Nullable Runnable handler) {
        lock.lock();
        try {
            if (handler != null) {
                notifier.attach(context);
            } else {
                notifier.detach(context);
            }
            Attachment[] old = attachments;
            int at = 0;
            while (at < old.length && old[at].notifier != notifier) {
                at++;
            }
            if (handler != null) {
                Attachment[] grown = Arrays.copyOf(old, Math.max(old.length, at + 1));
                grown[at] = new Attachment(notifier, handler);
                attachments = grown;
            } else if (at < old.length) {
                Attachment[] shrunk = Arrays.copyOf(old, old.length - 1);
                System.arraycopy(old, at + 1, shrunk, at, shrunk.length - at);
                attachments = shrunk;
            }
        } finally {
            lock.unlock();
        }
    }

    boolean anySet() {
        for (Attachment attachment : attachments) {
            if (attachment.notifier.isSet()) {
                return true;
            }
        }
        return false;
    }

    /** Hands the runner the handler of each notifier that is set, and was not detached by a handler before. */
    boolean run(Consumer<Runnable> runner, BooleanSupplier mayGoOn) {
        boolean progress = false;
        Attachment[] all = attachments;
        int first = turn < all.length ? turn : 0;
        turn = 0;
        for (int i = 0; i < all.length; i++) {
            int at = (first + i) % all.length;
            if (!mayGoOn.getAsBoolean()) {
                turn = at;
                break;
            }
            if (all[at].notifier.isSet() && isCurrent(all[at])) {
                runner.accept(all[at].handler);
                progress = true;
            }
        }
        return progress;
    }

    private boolean isCurrent(Attachment attachment) {
        for (Attachment current : attachments) {
            if (current == attachment) {
                return true;
            }
        }
        return false;
    }

    void detachAll(AioContext context) {
        for (Attachment attachment : attachments) {
            put(context, attachment.notifier, null);
        }
    }
}
