/** The service's own work, with the two questions that it asks of flags and what it states about their outcome. */
import type { ImpactClient } from 'impactstream/client';
import type { FlagClient } from 'impactstream/client/flags';

/** What a real service has already: its churn model, its interventions, its two ways of answering a lead. */
export type Business = {
  /** Probability that the contact is lost, 0 to 1. */
  predictChurn(contactId: string): Promise<number>;
  intervene(contactId: string, stage: 1 | 2 | 3): Promise<void>;
  processWithIntelligence(leadId: string): Promise<string>;
  processAsBefore(leadId: string): Promise<string>;
};

export type Service = ReturnType<typeof createService>;

const CHURN_LIMIT = 0.6;
const STAGE = 2;

export function createService(flags: FlagClient, impact: ImpactClient, business: Business) {
  /** Risks of the interventions that have no outcome yet. A real service keeps them in its database. */
  const started = new Map<string, number>();
  return {
    /** A contact was created: one who is likely to leave gets an intervention of stage 2. */
    async contactCreated(contactId: string, tenantId: string): Promise<{ status: 'processed'; interventionStage: number | null }> {
      if (!flags.isEnabled('churn_prevention', tenantId)) return { status: 'processed', interventionStage: null };
      const riskScore = await business.predictChurn(contactId);
      if (riskScore <= CHURN_LIMIT) return { status: 'processed', interventionStage: null };
      await business.intervene(contactId, STAGE);
      started.set(contactId, riskScore);
      impact.recordMetric({
        tenantId,
        entityId: contactId,
        featureId: 'churn_prevention',
        metric: 'interventions_started',
        value: 1,
        attributes: { stage: String(STAGE) },
      });
      return { status: 'processed', interventionStage: STAGE };
    },

    /** Weeks later it is known whether the contact stayed; only then is the intervention worth something, or not. */
    interventionEnded(contactId: string, tenantId: string, churned: boolean): boolean {
      const riskScore = started.get(contactId);
      if (riskScore === undefined) return false;
      started.delete(contactId);
      impact.trackChurnIntervention({ tenantId, entityId: contactId, interventionStage: STAGE, churned, riskScore });
      return true;
    },

    /** The variant goes onto the event by itself: the client of events knows the client of flags. */
    async processLead(leadId: string, tenantId: string, userId: string): Promise<{ result: string; variant: string | null }> {
      const startedAt = performance.now();
      const enabled = flags.isEnabled('realtime_intelligence', tenantId, userId);
      const result = enabled ? await business.processWithIntelligence(leadId) : await business.processAsBefore(leadId);
      const responseTimeSeconds = (performance.now() - startedAt) / 1000;
      impact.trackLeadResponse({ tenantId, userId, entityId: leadId, responseTimeSeconds });
      return { result, variant: flags.getVariant('realtime_intelligence', tenantId, userId) };
    },
  };
}
