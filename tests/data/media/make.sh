#!/bin/sh
# Makes every file in this folder, and the demo's media, again. Needs ffmpeg (with libx264, libx265,
# libvpx, libopus, libwebp) and python3. The results are committed: tests never run this.
set -eu
cd "$(dirname "$0")"
demo=../../../assets/demo
mkdir -p "$demo"

ff() { ffmpeg -nostdin -v error -y "$@"; }
# Nothing in the files may depend on the day or the version of the encoder's banner.
clean="-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1"
h264="-c:v libx264 -profile:v high -preset veryslow -bf 0 -g 60 -pix_fmt yuv420p"
aac="-c:a aac -ac 2 -ar 44100 -b:a 48k"
# Platforms refuse edit lists: without B-frames nothing is lost by leaving them out.
plain="-use_editlist 0 -avoid_negative_ts disabled"
tone="sine=frequency=330:sample_rate=44100"

# --- video -----------------------------------------------------------------------------------------
ff -f lavfi -i "testsrc=size=540x960:rate=30:duration=4,scale=1080:1920:flags=neighbor" \
   -f lavfi -i "$tone:duration=4" $h264 -crf 34 $aac $clean $plain -movflags +faststart clip.mp4
ff -i clip.mp4 -c copy $clean $plain moov-last.mp4
ff -i clip.mp4 -c copy $clean $plain -movflags +faststart clip.mov
ff -i clip.mp4 -an -c copy $clean $plain -movflags +faststart noaudio.mp4
ff -f lavfi -i "testsrc2=size=320x180:rate=25:duration=3,scale=1280:720:flags=neighbor" \
   -f lavfi -i "$tone:duration=3" $h264 -crf 38 $aac $clean $plain -movflags +faststart landscape.mp4
# A phone held upright writes a landscape picture and a matrix that says: turn it.
ff -i landscape.mp4 -t 1 -c copy $clean $plain -metadata:s:v rotate=270 -movflags +faststart rotated.mp4
ff -f lavfi -i "testsrc=size=360x640:rate=30:duration=3" -f lavfi -i "$tone:duration=3" \
   -c:v libx265 -x265-params log-level=error:bframes=0 -crf 36 -tag:v hvc1 -pix_fmt yuv420p $aac \
   $clean $plain -movflags +faststart hevc.mp4
ff -f lavfi -i "testsrc=size=360x640:rate=30:duration=3" -f lavfi -i "$tone:duration=3" $h264 -g 30 -crf 36 $aac \
   $clean $plain -movflags +frag_keyframe+empty_moov+default_base_moof fragmented.mp4
# A cut without encoding: the pictures before the cut stay in the file, hidden by an edit list.
ff -f lavfi -i "testsrc=size=360x640:rate=30:duration=4" $h264 -g 120 -crf 36 $clean $plain whole.tmp.mp4
ff -ss 1.3 -i whole.tmp.mp4 -c copy $clean -movflags +faststart edited.mp4
rm whole.tmp.mp4
ff -f lavfi -i "testsrc=size=360x640:rate=30:duration=3" -f lavfi -i "$tone:duration=3" \
   -c:v libvpx-vp9 -crf 48 -b:v 0 -pix_fmt yuv420p -c:a libopus -b:a 32k $clean clip.webm
ff -f lavfi -i "$tone:duration=1" $aac $clean $plain sound-only.mp4

# --- pictures --------------------------------------------------------------------------------------
# Slow waves of colour, drawn small and scaled up: handsome, and small as a file.
waves="r='clip(118+84*sin(X/58+T*0.9+1.6*sin(Y/71+T*0.5))+40*sin(Y/37-T*0.7),16,250)'\
:g='clip(96+46*sin(X/63-T*0.8+1.9*sin(Y/49-T*0.4)+2.1)+26*sin((X+Y)/54+T),16,240)'\
:b='clip(150+70*sin((X-Y)/66+T*0.6+1.4*sin(Y/45)+4.0),30,250)'"
ff -f lavfi -i "nullsrc=size=216x270:rate=1:duration=1,format=gbrp,geq=$waves,scale=1080:1350:flags=bicubic,format=yuvj420p" -frames:v 1 -q:v 4 $clean photo.jpg
ff -i photo.jpg -vf scale=216:270 $clean photo.png
ff -i photo.jpg -vf scale=480:600 -c:v libwebp -quality 70 $clean photo.webp
ff -f lavfi -i "testsrc=size=120x160:rate=5:duration=1" $clean moving.gif
ff -i photo.jpg -vf scale=480:360 -q:v 5 $clean upright.tmp.jpg

# --- spoilt on purpose -----------------------------------------------------------------------------
python3 - <<'PY'
import struct
jpeg = open("upright.tmp.jpg", "rb").read()
tiff = b"MM\0*" + struct.pack(">IH", 8, 1) + struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack(">I", 0)
exif = b"Exif\0\0" + tiff
open("oriented.jpg", "wb").write(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:])
clip = open("clip.mp4", "rb").read()
open("truncated.mp4", "wb").write(clip[: len(clip) * 45 // 100])
photo = open("photo.jpg", "rb").read()
open("truncated.jpg", "wb").write(photo[: len(photo) // 2])
open("renamed.mp4", "wb").write(jpeg)
# The head of a HEIC photo: enough to be recognised, no picture in it.
ftyp = b"heic" + struct.pack(">I", 0) + b"mif1heic"
open("photo.heic", "wb").write(struct.pack(">I", 8 + len(ftyp)) + b"ftyp" + ftyp + struct.pack(">I", 8) + b"mdat")
PY
rm upright.tmp.jpg

# --- the demo's ------------------------------------------------------------------------------------
cp photo.jpg "$demo/photo.jpg"
chord="aevalsrc='0.10*(sin(220*2*PI*t)+sin(277.18*2*PI*t)+sin(329.63*2*PI*t))*(0.6+0.4*sin(1.3*t))':s=44100:d=5"
slow=$(printf %s "$waves" | sed "s/T/(T*0.55)/g")
ff -f lavfi -i "nullsrc=size=180x320:rate=30:duration=5,format=gbrp,geq=$slow,gblur=sigma=2,scale=1080:1920:flags=bicubic" \
   -f lavfi -i "$chord,afade=in:d=0.4,afade=out:st=4.4:d=0.6" $h264 -crf 39 $aac $clean $plain -movflags +faststart "$demo/clip.mp4"

ls -l . "$demo"
