package dev.coworker.it;

/** Takes the whole heap and gives it back: in between, every allocation of every thread fails. */
final class Hog {
    private static final int LARGEST = 1 << 16;

    private final Object[] last; // what can be given back one by one
    private volatile Object[] taken;

    Hog(int portions) {
        last = new Object[portions];
    }

    /** Allocates until nothing can be allocated any more. */
    void takeAll() {
        for (int bytes = LARGEST; bytes > 0; bytes /= 256) {
            try {
                for (; ; ) {
                    Object[] next = new Object[2];
                    next[0] = taken;
                    next[1] = new byte[bytes];
                    taken = next;
                }
            } catch (OutOfMemoryError e) {
                // try a smaller one
            }
        }
    }

    /** Takes all but so many portions of 32 bytes, no more than the hog was made for. */
    void takeAllBut(int portions) {
        try {
            for (int i = 0; i < last.length; i++) {
                last[i] = new byte[16];
            }
        } catch (OutOfMemoryError e) {
            throw new IllegalStateException("began with too little", e);
        }
        takeAll();
        for (int i = 0; i < portions; i++) {
            last[i] = null;
        }
    }

    void giveBack() {
        taken = null;
        for (int i = 0; i < last.length; i++) {
            last[i] = null;
        }
    }
}
