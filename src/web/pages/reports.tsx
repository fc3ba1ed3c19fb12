/** Reports: read, send, download. */
import { Card } from '../parts/card.tsx';
import { Empty } from '../parts/states.tsx';

export function Reports() {
  return (
    <>
      <div class="head">
        <div>
          <h1>Reports</h1>
          <p>What was told to whom</p>
        </div>
      </div>
      <Card title="Reports">
        <Empty title="No report yet" />
      </Card>
    </>
  );
}
