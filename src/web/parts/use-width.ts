/**
 * How wide an element is, so that what is drawn in it is drawn for that width, and text stays as large as all other text.
 * In pixels of the usual text: screens that are read from further away have larger text, and drawings grow with it.
 */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

const USUAL_TEXT_PX = 14;
/** How much larger than usual all text is. */
export const textScale = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL_TEXT_PX;

export function useWidth(usual = 720): [RefObject<HTMLDivElement | null>, number] {
  const ref = useRef<HTMLDivElement | null>(null);
  const [width, setWidth] = useState(usual);
  useEffect(() => {
    if (!ref.current) return;
    const sized = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, Math.floor(entry.contentRect.width / textScale()))));
    sized.observe(ref.current);
    return () => sized.disconnect();
  }, []);
  return [ref, width];
}
