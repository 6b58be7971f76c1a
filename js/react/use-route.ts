'use client';

import { useCallback, useEffect, useState } from 'react';
import { ask, type Answer } from './request.js';

/** The response of a route; `null` while it is loading. */
export interface Read<T> {
  answer: Answer<T> | null;
  /** Requests the route again. */
  reload: () => void;
}

/** Requests a route when the component mounts, when `path` changes, and on demand. Does nothing for `null`. */
export function useRoute<T>(path: string | null): Read<T> {
  const [answer, setAnswer] = useState<Answer<T> | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    setAnswer(null);
    if (path === null) return;
    let wanted = true;
    void ask<T>(path).then((came) => wanted && setAnswer(came));
    return () => {
      // Ignore a late response, because it belongs to an earlier path.
      wanted = false;
    };
  }, [path, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  return { answer, reload };
}
