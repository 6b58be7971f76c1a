'use client';

import { useCallback, useEffect, useState } from 'react';
import { ask, type Answer } from './request.js';

/** What a route answered: `null` while it is asked. */
export interface Read<T> {
  answer: Answer<T> | null;
  /** Asks again. */
  reload: () => void;
}

/** Reads a route when the component appears, when `path` changes, and on demand. `null` asks nothing. */
export function useRoute<T>(path: string | null): Read<T> {
  const [answer, setAnswer] = useState<Answer<T> | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    setAnswer(null);
    if (path === null) return;
    let wanted = true;
    void ask<T>(path).then((came) => wanted && setAnswer(came));
    return () => {
      // A late answer belongs to what is no longer shown.
      wanted = false;
    };
  }, [path, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  return { answer, reload };
}
