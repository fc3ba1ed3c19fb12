/** How far something has come on its way. */
export function Meter({ value, of, label }: { value: number; of: number; label: string }) {
  const share = of > 0 ? Math.max(0, Math.min(1, value / of)) : 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers do not let a meter element be styled alike
    <div class="meter" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)}>
      <i style={{ width: `${(share * 100).toFixed(1)}%` }} />
    </div>
  );
}
