import { useState } from 'react';
import { configure, fetch, isStepUpCancelled } from 'biometry-gate-ui';

configure({ mount: '/biometry' });

export function Statement() {
  const [said, say] = useState('');
  const show = async () => {
    try {
      say((await (await fetch('/api/statement')).json()).balance);
    } catch (error) {
      if (!isStepUpCancelled(error)) throw error;
    }
  };
  return <><button onClick={show}>Show my statement</button> <output>{said}</output></>;
}

// What follows is not in the manual: where the component goes.
import { createRoot } from 'react-dom/client';

createRoot(document.body.appendChild(document.createElement('main'))).render(<Statement />);
