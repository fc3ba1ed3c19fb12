/** What an event of each valued feature is worth, in words; `src/domain/roi.ts` computes it. */
export const formulas: Record<string, { text: string }> = {
  realtime_intelligence: {
    text: 'Each answered lead is worth the agent’s time that it saved: (900 s − response time) ÷ 3,600 × $50 an hour. A slower answer than 900 s costs money.',
  },
  property_intelligence: {
    text: 'Each point of mean satisfaction above 88 is worth $5,000 a year for each tenant, in proportion to the length of the range.',
  },
  churn_prevention: {
    text: 'Each outcome is worth $3,000 × (35 % − churned): a kept customer $1,050, a lost one −$1,950. Their sum is $3,000 for each prevented loss.',
  },
  ai_coaching: { text: 'Each session is worth the trainer’s time that it saved: (40 min − duration) ÷ 60 × $75 an hour.' },
  platform: { text: 'Shared costs and telemetry; it earns nothing by itself.' },
};
