/** What is used of jstat, which ships no types. */
declare module 'jstat' {
  const jStat: {
    normal: {
      cdf(x: number, mean: number, standardDeviation: number): number;
      inv(p: number, mean: number, standardDeviation: number): number;
    };
  };
  export = jStat;
}
