#!/usr/bin/env bash
# sounds.sh OUT_DIR : the prompts of the dialplan, Chinese in OUT_DIR/zh, English in OUT_DIR/en (8 kHz, 16 bit, mono WAV).
# Needs espeak-ng and sox. A recording of your own voice under the same name replaces any of them.
set -euo pipefail
out=${1:?output directory}; mkdir -p "$out/zh" "$out/en"
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
say() {  # voice, file, text
    [ -s "$2.wav" ] && return
    espeak-ng -v "$1" -s 200 -w "$tmp/x.wav" "$3"
    sox -q "$tmp/x.wav" -r 8000 -c 1 -b 16 "$tmp/y.wav" gain -n -3
    mv "$tmp/y.wav" "$2.wav"
}
say cmn   "$out/zh/welcome"  "您好，欢迎致电，请稍候。"
say cmn   "$out/zh/busy"     "抱歉，座席全忙，请稍后再拨。"
say cmn   "$out/zh/closed"   "您好，现在是非工作时间，请在工作时间来电。"
say cmn   "$out/zh/transfer" "正在为您转接，请稍候。"
say en-us "$out/en/welcome"  "Welcome. Please hold, we will be with you shortly."
say en-us "$out/en/busy"     "Sorry, all our agents are busy. Please call again later."
say en-us "$out/en/closed"   "We are closed now. Please call in our opening hours."
say en-us "$out/en/transfer" "One moment, you are being transferred."
