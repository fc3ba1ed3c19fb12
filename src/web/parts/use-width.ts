/** How wide an element is, so that what is drawn in it is drawn for that width, and text stays as large as all other text. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export function useWidth(usual = 720): [RefObject<HTMLDivElement | null>, number] {
  const ref = useRef<HTMLDivElement | null>(null);
  const [width, setWidth] = useState(usual);
  useEffect(() => {
    if (!ref.current) return;
    const sized = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, Math.floor(entry.contentRect.width))));
    sized.observe(ref.current);
    return () => sized.disconnect();
  }, []);
  return [ref, width];
}
