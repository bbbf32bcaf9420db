/** Percent of packets and ms above which a call sounds worse, and bad. */
const LOSS = [2, 5];
const RTT = [250, 500];

/**
 * @param {RTCStatsReport} report
 * @param {{received?: number, lost?: number}} before `now` of the last time
 * @returns {{now: Object, quality: {level: string, loss: number, rtt: number}}} loss since the last time in percent, the
 *     way there and back in ms
 */
export function callQuality(report, before) {
    const now = { received: 0, lost: 0 };
    let rtt = 0;
    for (const stat of report.values()) {
        if (stat.type === "inbound-rtp" && stat.kind === "audio") {
            now.received += stat.packetsReceived || 0;
            now.lost += stat.packetsLost || 0;
        } else if (stat.type === "candidate-pair" && stat.nominated) {
            rtt = Math.round((stat.currentRoundTripTime || 0) * 1000);
        }
    }
    const lost = Math.max(0, now.lost - (before.lost || 0));
    const all = lost + Math.max(0, now.received - (before.received || 0));
    const loss = all ? Math.round((lost / all) * 1000) / 10 : 0;
    const grade = (value, [fair, bad]) => (value > bad ? 2 : value > fair ? 1 : 0);
    const level = ["good", "fair", "bad"][Math.max(grade(loss, LOSS), grade(rtt, RTT))];
    return { now, quality: { level, loss, rtt } };
}
